import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const folders = readdirSync(here, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
const TITLE = /XEP-(\d{4}): (.*?), version ([\d.]+\d)/

test('the table of the README says what the headers of the folders say', () => {
  const readme = readFileSync(join(here, '../README.md'), 'utf8')
  const rows = [...readme.matchAll(/^\| (XEP-\d{4}: .*)$/gm)].map(([row]) => row)
  const expected = folders.map((folder) => {
    const [, number, title, version] = TITLE.exec(readFileSync(join(here, folder, 'wire.ts'), 'utf8')) ?? []
    const halves = ['wire', 'server', 'client'].filter((half) => existsSync(join(here, folder, `${half}.ts`)))
    return `| XEP-${number}: ${title} | ${version} | \`${folder}\` | ${halves.join(' ')} |`
  })
  expect(rows).toEqual(expected.sort())
})

test('every half is an entry of the package', () => {
  const { exports, publishConfig } = JSON.parse(readFileSync(join(here, '../package.json'), 'utf8'))
  const entries = folders.flatMap((folder) => [
    ...(existsSync(join(here, folder, 'wire.ts')) ? [`./${folder}`] : []),
    ...(existsSync(join(here, folder, 'server.ts')) ? [`./${folder}/server`] : []),
    ...(existsSync(join(here, folder, 'client.ts')) ? [`./${folder}/client`] : []),
  ])
  expect(Object.keys(exports).sort()).toEqual(entries.sort())
  expect(Object.keys(publishConfig.exports).sort()).toEqual(entries)
})
