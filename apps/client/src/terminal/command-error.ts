/** Said to the person in place of doing something. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
