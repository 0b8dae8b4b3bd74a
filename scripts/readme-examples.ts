/** The ```ts blocks of READMEs: the examples that must compile and run. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Package, Workspace } from './checks/workspace.ts'

export interface Example {
  readonly package: Package
  /** `xml-stream-1.ts`: the folder's name and the number of the example. */
  readonly file: string
  readonly code: string
  /** Where the code begins in README.md. */
  readonly line: number
}

/** Every example of a text, with the line on which it begins. */
export function examplesOf(readme: string): { code: string; line: number }[] {
  return [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
    code: match[1] ?? '',
    line: readme.slice(0, match.index).split('\n').length + 1,
  }))
}

export function allExamples({ packages, read }: Workspace): Example[] {
  return packages.flatMap((owner) =>
    examplesOf(read(`${owner.folder}/README.md`)).map(({ code, line }, i) => ({
      package: owner,
      file: `${owner.folder.replace(/^.*\//, '')}-${i + 1}.ts`,
      code,
      line,
    })),
  )
}

/** Writes the examples as modules into a folder. */
export function writeExamples(folder: string, examples: readonly Example[]): void {
  mkdirSync(folder, { recursive: true })
  for (const { file, code } of examples) writeFileSync(join(folder, file), `${code}\nexport {}\n`)
}
