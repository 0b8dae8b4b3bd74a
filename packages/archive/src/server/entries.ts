/** Where the messages of an account are stored, under the module's name. */
export const ARCHIVE = 'messages'
