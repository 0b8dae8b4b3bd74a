/** docs/errors.md: every error class with a `code`, from the tables or docstrings that define the codes. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GeneratedDocument, table } from './document.ts'

const CLASS = /export class (\w+Error) extends Error/g
const TABLE = /export const \w+_ERROR_CODES = \{([\s\S]*?)\n\} as const/
const ENTRY = /^ {2}(?:'([\w-]+)'|(\w+)):\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/gm
const LISTED = /^\s*\* - `([\w-]+)`: (.+(?:\n\s*\* {3}\S.*)*)/gm

interface ErrorClass {
  readonly name: string
  readonly source: string
  readonly codes: readonly (readonly [code: string, meaning: string])[]
}

/**
 * The coded errors of one source file. A `code` that is any text is none that could be listed.
 *
 * @throws {Error} for an error that would be missing in the document
 */
export function errorClasses(source: string, text: string): ErrorClass[] {
  const names = [...text.matchAll(CLASS)].map((match) => match[1] as string)
  const [name] = names
  if (name === undefined || !/^ {2}readonly code: (?!string$)/m.test(text)) return []
  const codes = fromTable(text) ?? fromDocstring(text)
  if (names.length > 1) throw new Error(`${source}: ${names.join(' and ')} in one file: whose are the codes?`)
  if (codes.length === 0) throw new Error(`${source}: ${name} has a code, and no list of codes in its docstring`)
  return [{ name, source, codes }]
}

function fromTable(text: string): [string, string][] | undefined {
  const body = TABLE.exec(text)?.[1]
  if (body === undefined) return undefined
  return [...body.matchAll(ENTRY)].map((m) => [
    (m[1] ?? m[2]) as string,
    ((m[3] ?? m[4]) as string).replace(/\\(.)/g, '$1'),
  ])
}

function fromDocstring(text: string): [string, string][] {
  return [...text.matchAll(LISTED)].map((m) => [m[1] as string, (m[2] as string).replace(/\n\s*\*\s+/g, ' ')])
}

const INTRODUCTION = `# Errors

Three families, always an \`Error\`, with \`cause\` where something lies behind:

- \`StanzaError\` of \`@parlour/stanza\`: the answer to a stanza; conditions of RFC 6120 §8.3.3.
- \`StreamError\` of \`@parlour/xml-stream\`: it ends a stream; conditions of RFC 6120 §4.9.3.
- The classes below, each with a \`code\` for programs; the message is for people.

This page is generated from the sources by \`pnpm run docs\`.`

export const errors: GeneratedDocument = {
  path: 'docs/errors.md',
  text({ packages }, root) {
    const classes = packages.flatMap(({ name, folder }) =>
      globSync('src/**/*.ts', { cwd: join(root, folder) })
        .filter((file) => !/\.(test|bench)\.ts$/.test(file))
        .sort()
        .flatMap((file) => errorClasses(`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8')))
        .map((found) => ({ ...found, owner: name })),
    )
    const sections = classes.map(
      ({ name, owner, source, codes }) =>
        `## ${name}\n\nOf \`${owner}\` ([source](../${source})).\n\n${table(
          ['Code', 'Meaning'],
          codes.map(([code, meaning]) => [`\`${code}\``, meaning]),
        )}`,
    )
    return [INTRODUCTION, ...sections].join('\n\n')
  },
}
