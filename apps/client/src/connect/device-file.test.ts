import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJid } from '@parlour/jid'
import { expect, onTestFinished, test } from 'vitest'
import { openDeviceFile } from './device-file.ts'

const JULIET = parseJid('juliet@example.com/balcony')
const TOKEN = { token: 'secret', expiry: 1_900_000_000_000, mechanism: 'HT-SHA-256-EXPR' } as const

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-device-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'state', 'device.json')
}

test('XEP-0388 §2.3: the id is a UUID of version 4, the same for the installation', () => {
  const path = place()
  const { id } = openDeviceFile(path)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(openDeviceFile(path).id).toBe(id)
})

test('tokens are kept by account; only the owner can read them', async () => {
  const path = place()
  const { id, tokens } = openDeviceFile(path)
  expect(await tokens.get(JULIET)).toBeUndefined()
  await tokens.put(JULIET, TOKEN)
  expect(await openDeviceFile(path).tokens.get(JULIET.bare)).toEqual(TOKEN)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(path, '..'))).toEqual(['device.json'])
  await tokens.delete(JULIET)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ id, tokens: {} })
})

test.each(['', 'null', '{"id": "x"}', '[]'])('a file that cannot be understood (%j) is begun anew', async (text) => {
  const path = place()
  const { id } = openDeviceFile(path)
  writeFileSync(path, text)
  expect(openDeviceFile(path).id).not.toBe(id)
})

test('what is no token is left out', async () => {
  const path = place()
  const { id } = openDeviceFile(path)
  const tokens = { 'juliet@example.com': { ...TOKEN, mechanism: 'PLAIN' }, 'romeo@example.com': TOKEN }
  writeFileSync(path, JSON.stringify({ id, tokens }))
  chmodSync(path, 0o644)
  const device = openDeviceFile(path)
  expect(await device.tokens.get(JULIET)).toBeUndefined()
  expect(await device.tokens.get(parseJid('romeo@example.com'))).toEqual(TOKEN)
  await device.tokens.put(JULIET, TOKEN)
  // It was open to others; it is no longer.
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('processes that begin and change it at the same time have one id, and each its tokens', async () => {
  const path = place()
  const program = new URL('device-file.fixture.ts', import.meta.url).pathname
  const children = ['juliet', 'romeo', 'nurse'].map((name) =>
    spawn(process.execPath, ['--conditions=@parlour/source', program, path, name, '20']),
  )
  await Promise.all(children.map(({ stdout }) => once(stdout, 'data')))
  for (const { stdin } of children) stdin.write('go')
  const ids = await Promise.all(children.map(async ({ stdout }) => `${(await stdout.toArray()).join('')}`.trim()))
  const { id, tokens } = JSON.parse(readFileSync(path, 'utf8'))
  expect(ids).toEqual([id, id, id])
  expect(Object.keys(tokens).length).toBe(60)
  expect(readdirSync(join(path, '..'))).toEqual(['device.json'])
})

test('XEP-0484 §4.1: what another process has put meanwhile is not forgotten with what was refused', async () => {
  const path = place()
  const { tokens } = openDeviceFile(path)
  await tokens.put(JULIET, TOKEN)
  const other = openDeviceFile(path)
  expect(await other.tokens.get(JULIET)).toEqual(TOKEN)
  await tokens.put(JULIET, { ...TOKEN, token: 'newer' })
  await other.tokens.delete(JULIET)
  expect(await other.tokens.get(JULIET)).toEqual({ ...TOKEN, token: 'newer' })
  await other.tokens.delete(JULIET)
  expect(await tokens.get(JULIET)).toBeUndefined()
})

test('XEP-0484 §3.3: a token is good for the id that it was given to alone', async () => {
  const path = place()
  const { id, tokens } = openDeviceFile(path)
  const content = JSON.stringify({ id: id.replace(/^......../, '00000000'), tokens: {} })
  writeFileSync(path, content)
  await tokens.put(JULIET, TOKEN)
  expect(await tokens.get(JULIET)).toBeUndefined()
  expect(readFileSync(path, 'utf8')).toBe(content)
})

test('a file that was taken away is made again, with the id that servers have been told', async () => {
  const path = place()
  const { id, tokens } = openDeviceFile(path)
  rmSync(join(path, '..'), { recursive: true })
  await tokens.put(JULIET, TOKEN)
  expect(openDeviceFile(path).id).toBe(id)
  expect(await tokens.get(JULIET)).toEqual(TOKEN)
})
