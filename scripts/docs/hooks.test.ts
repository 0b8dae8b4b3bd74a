import { expect, test } from 'vitest'
import { hookSections } from './hooks.ts'

const FURTHER =
  'export interface Writes {\n  /**\n   * Adds to it.\n   *\n   * @param done when\n   */\n  store(writes: Write[], done?: () => void): void\n}'

test('each interface has a section, with methods and what it inherits', () => {
  const source = `import type { Writes } from './writes.ts'
export interface AnEvent extends Writes {
  /** See {@link Host.on}. */
  readonly what?: string
}
export interface Hooks {
  /** First. */
  guard: (event: AnEvent) =>
    | 'handled'
    | undefined
}`
  expect(hookSections(source, FURTHER)).toEqual([
    "### `Hooks`\n\n| Name | Type | Meaning |\n| --- | --- | --- |\n| `guard` | `(event: AnEvent) => \\| 'handled' \\| undefined` | First. |\n",
    '### `AnEvent`\n\n| Name | Type | Meaning |\n| --- | --- | --- |\n| `what?` | `string` | See `Host.on`. |\n| `store` | `(writes: Write[], done?: () => void): void` | Adds to it. `done`: when |\n',
  ])
})

test('what cannot be described is not left out in silence', () => {
  expect(() => hookSections('export interface Hooks extends Elsewhere {}', FURTHER)).toThrow('Elsewhere')
  expect(() => hookSections('export interface Hooks { [name: string]: string }', FURTHER)).toThrow('TSIndexSignature')
})
