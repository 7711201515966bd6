/** A signal that nobody aborts: for tests that do not stop what they start. */
export const never = new AbortController().signal;
