/** How a folder is removed that may still be written to: whoever was at it when it was given up may make one file more. */
export const removal = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 } as const;
