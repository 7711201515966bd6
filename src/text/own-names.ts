/** How our own files and folders are called in the user's project. Pure. */

/** The output folder, where no other is named. */
export const defaultOut = '.lambda-slim';
