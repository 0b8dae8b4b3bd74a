/** What {@link PortableDataError} stands for. */
export type PortableDataErrorCode = 'not-well-formed' | 'not-portable-data' | 'limit-exceeded' | 'unsupported'

/**
 * Raised for input that cannot be read.
 *
 * - `not-well-formed`: it breaks XML 1.0, Namespaces in XML 1.0 or UTF-8, or ends too early
 * - `not-portable-data`: the root is none of `<server-data/>`, `<host/>`, `<user/>`, or lacks the attribute that names it
 * - `limit-exceeded`: an item is larger or deeper than a limit allows, or inclusions are nested too deeply
 * - `unsupported`: a document type declaration, or an encoding other than UTF-8
 */
export class PortableDataError extends Error {
  override readonly name = 'PortableDataError'
  readonly code: PortableDataErrorCode
  readonly #bare: string
  /** Where, beginning with 1; 0: not in any line. */
  readonly line: number
  /** In which file, where several are read as one; as it was given to {@link readPortableData}. */
  readonly file: unknown

  constructor(
    code: PortableDataErrorCode,
    message: string,
    line = 0,
    options?: ErrorOptions & { readonly file?: unknown },
  ) {
    super(line > 0 ? `line ${line}: ${message}` : message, options)
    this.code = code
    this.line = line
    this.file = options?.file
    this.#bare = message
  }

  /** The same in a file, unless it is known in which. */
  in(file: unknown): PortableDataError {
    if (this.file !== undefined) return this
    return new PortableDataError(this.code, this.#bare, this.line, { cause: this, file })
  }
}
