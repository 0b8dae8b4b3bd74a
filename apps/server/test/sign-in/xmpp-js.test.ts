import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJid } from '@parlour/jid'
import { expect, test } from 'vitest'
import { createTestServer } from '../../src/create-test-server.ts'
import { Child } from '../support/child.ts'

interface Visit {
  readonly jid: string
  readonly mechanisms: readonly string[]
  readonly errors: readonly string[]
}

test('@xmpp/client: by SASL2 and Bind 2 with the password, then by its token alone (XEP-0388, XEP-0386, XEP-0484)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlour-sign-in-'))
  const authority = join(folder, 'authority.pem')
  try {
    await using server = await createTestServer({ domain: 'localhost' })
    await server.addAccount('alice@localhost', 'secret')
    writeFileSync(authority, server.developmentAuthorityPem ?? '')
    const service = `xmpp://localhost:${server.listeners.starttls?.address.port}`
    const program = join(import.meta.dirname, 'xmpp-js-device.ts')
    const child = new Child(process.execPath, [program, service, 'localhost', 'alice', 'secret'], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority },
    })
    expect(await child.exited, child.transcript.join('\n')).toBe(0)
    const [first, second] = child.transcript
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Visit)
    expect(first).toMatchObject({ mechanisms: ['SCRAM-SHA-1'], errors: [] })
    expect(second).toMatchObject({ mechanisms: ['HT-SHA-256-NONE'], errors: [] })
    expect(parseJid(first?.jid ?? '').resource).toMatch(/^balcony\/[A-Za-z0-9_-]{12}$/)
    expect(second?.jid).toBe(first?.jid)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
