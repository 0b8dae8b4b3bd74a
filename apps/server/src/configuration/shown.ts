/** Names of what nobody but the server is to know. Paths of key files are none: the file keeps its own secret. */
const SECRET_NAME = /password|passphrase|secret|token|credential|apikey|api_key|privatekey/i

/** A value as it may be shown: what is named like a secret is hidden. */
export function shownValue(path: readonly string[], value: unknown): unknown {
  if (value !== undefined && SECRET_NAME.test(path.at(-1) ?? '')) return '(hidden)'
  if (Array.isArray(value)) return value.map((inner) => shownValue(path, inner))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shownValue([...path, key], inner)]))
}
