/** A program of its own, which puts tokens when it is told to: `device-file.fixture.ts FILE NAME COUNT` */
import { once } from 'node:events'
import { parseJid } from '@parlour/jid'
import { openDeviceFile } from './device-file.ts'

const [path = '', name = '', count = ''] = process.argv.slice(2)
console.log('ready')
await once(process.stdin, 'data')
const { id, tokens } = openDeviceFile(path)
const token = { token: name, expiry: 1_900_000_000_000, mechanism: 'HT-SHA-256-EXPR' } as const
for (let n = 0; n < Number(count); n++) await tokens.put(parseJid(`${name}${n}@example.com`), token)
console.log(id)
process.stdin.destroy()
