import { parseJid } from '@parlour/jid'
import type { PortableEvent } from '@parlour/portable-data'
import { deriveScramCredentials, serializeScramCredentials } from '@parlour/sasl'
import { createMemoryStorage } from '@parlour/storage'
import { el } from '@parlour/xml'
import { describe, expect, test } from 'vitest'
import { quickCrypto, Stand } from '../kernel.fixture.ts'
import { module } from '../module-host.fixture.ts'
import { PortableImport, type PortablePart } from './index.ts'
import { contact, empty, exported, imported, inside, JULIET, KEEPING, request, roster } from './portable.fixture.ts'

/** Keeps notes in a store of its own, as a plug-in of others might. */
const notes = (part: Partial<PortablePart> = {}) =>
  module((host) => {
    const store = host.store('notes')
    return [
      host.portable({
        title: 'notes',
        element: { name: 'note', namespace: 'urn:example:notes' },
        export: async (account) =>
          [...(await store.list(account.toString())).keys()].map((text) => el('note', 'urn:example:notes', {}, text)),
        import: (account, { isTrial }) => ({
          async take(note) {
            if (await store.get(account.toString(), note.text())) return 'unchanged'
            if (!isTrial) await store.put(account.toString(), true, note.text())
            return 'added'
          },
        }),
        ...part,
      }),
    ]
  }, 'notes')

const scram = async (password: string, hash: 'SHA-1' | 'SHA-256') =>
  deriveScramCredentials(password, { hash, iterations: 4096, salt: new Uint8Array(16).fill(7), crypto: quickCrypto })

async function scramElement(password: string, hash: 'SHA-1' | 'SHA-256' = 'SHA-1'): Promise<string> {
  const { salt, iterations, storedKey, serverKey } = JSON.parse(serializeScramCredentials(await scram(password, hash)))
  return `<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-${hash}'><iter-count>${iterations}</iter-count><salt>${salt}</salt><server-key>${serverKey}</server-key><stored-key>${storedKey}</stored-key></scram-credentials>`
}

describe('an account that is exported and imported elsewhere', () => {
  test('is the same: contacts, requests, what modules hold, its password, when it was made, whether it is disabled', async () => {
    const there = await Stand.open({ modules: [notes()], accounts: ['juliet@example.com'] })
    await imported(
      there,
      inside(`${roster(contact('Romeo'))}${request}<note xmlns='urn:example:notes'>&lt;a&gt;</note>`),
    )
    await there.kernel.accounts.setDisabled(JULIET, true)
    const document = await exported(there, 'juliet@example.com')
    const here = await Stand.open({ modules: [notes()], accounts: [] })
    expect(await imported(here, document)).toEqual([
      {
        account: 'juliet@example.com',
        state: 'created',
        counts: {
          contacts: { added: 1 },
          'subscription requests': { added: 1 },
          notes: { added: 1 },
          password: { added: 1 },
        },
        notes: [],
      },
    ])
    expect(await exported(here, 'juliet@example.com')).toBe(document)
    expect(document).toContain("<nick xmlns='urn:nick'>T</nick>")
    const [before, after] = await Promise.all([there, here].map(({ kernel }) => kernel.accounts.find(JULIET)))
    expect([after?.created, after?.isDisabled]).toEqual([before?.created, true])
    expect(await here.kernel.accounts.isPassword(JULIET, 'secret')).toBe(true)
    expect(await here.kernel.accounts.isPassword(JULIET, 'other')).toBe(false)
  })

  test('imported again, it changes nothing', async () => {
    const stand = await Stand.open({ modules: [notes()], accounts: ['juliet@example.com'] })
    await imported(stand, inside(`${roster(contact('Romeo'))}${request}<note xmlns='urn:example:notes'>a</note>`))
    const document = await exported(stand, 'juliet@example.com')
    const [report] = await imported(stand, document, { isTrial: false, replaces: true })
    expect(report).toMatchObject({ state: 'existing', notes: [] })
    expect(Object.values(report?.counts ?? {})).toEqual(Array(4).fill({ unchanged: 1 }))
    expect(await exported(stand, 'juliet@example.com')).toBe(document)
  })

  test('one that does not exist is refused', async () => {
    await expect(exported(await empty(), 'nobody@example.com')).rejects.toMatchObject({ code: 'not-found' })
  })
})

test('a trial changes nothing, and says what an import would do', async () => {
  const storage = createMemoryStorage()
  const stand = await Stand.open({ modules: [notes()], accounts: ['romeo@example.com'], storage })
  const commit = storage.commit.bind(storage)
  let commits = 0
  storage.commit = (writes) => {
    commits++
    return commit(writes)
  }
  const document = inside(`${roster(contact('Romeo'))}${request}<note xmlns='urn:example:notes'>a</note>`, {
    attributes: " password='secret'",
  })
  const trial = await imported(stand, document, { isTrial: true, replaces: false })
  expect(commits).toBe(0)
  expect(await stand.kernel.accounts.exists(JULIET)).toBe(false)
  expect(trial).toEqual(await imported(stand, document))
})

describe('what is there and differs', () => {
  test('is kept, with a note, unless the import is asked to replace it', async () => {
    const stand = await Stand.open({ accounts: ['juliet@example.com'] })
    await imported(stand, inside(roster(contact('Romeo'))))
    const other = inside(roster(contact('Montague', 'to')), { attributes: " password='another'" })
    const [kept] = await imported(stand, other)
    expect(kept?.counts).toEqual({ contacts: { kept: 1 }, password: { kept: 1 } })
    expect(kept?.notes).toEqual([
      'contacts: a contact is there, and differs',
      'password: the account has another one here',
    ])
    expect(await exported(stand, 'juliet@example.com')).toContain("name='Romeo' subscription='both'")
    const [replaced] = await imported(stand, other, { isTrial: false, replaces: true })
    expect(replaced).toMatchObject({ counts: { contacts: { replaced: 1 }, password: { replaced: 1 } }, notes: [] })
    expect(await exported(stand, 'juliet@example.com')).toContain("name='Montague' subscription='to'")
    expect(await stand.kernel.accounts.isPassword(JULIET, 'another')).toBe(true)
  })
})

describe('what cannot be taken is told, without what is in it', () => {
  test('domains that are not served, names that are none, elements that nobody knows, faulty items', async () => {
    const stand = await empty()
    const document = `<server-data xmlns='urn:xmpp:pie:0'><host jid='other.example'><user name='a' password='p'/></host>
      <host jid='example.com'><user name='a b'/><user name='juliet'><x xmlns='urn:x'/><x xmlns='urn:x'/><vCard xmlns='vcard-temp'/>
      ${roster("<item jid='@@'/><item jid='juliet@example.com'/>")}<presence xmlns='jabber:client' from='a@b'/></user></host></server-data>`
    expect(await imported(stand, document)).toEqual([
      { account: 'a@other.example', state: 'left', counts: {}, notes: ['its domain is not served here'] },
      { account: 'a b@example.com', state: 'left', counts: {}, notes: ['that is no address'] },
      {
        account: 'juliet@example.com',
        state: 'created',
        counts: { contacts: { refused: 2 }, 'subscription requests': { refused: 1 } },
        notes: [
          "left out, as nothing here takes it: <x xmlns='urn:x'/> (2 times)",
          "left out, as nothing here takes it: <vCard xmlns='vcard-temp'/>",
          'contacts: an item without a valid address or subscription',
          'contacts: the account itself as a contact',
          'subscription requests: presence that is no request of an address',
          'there is no password for it: give it one with parlour user passwd, or nobody can sign in',
        ],
      },
    ])
  })

  test.each(['', 'a&#9;b'])('a trial says that the import would refuse it: a password like "%s"', async (password) => {
    const stand = await empty()
    const document = inside('', { attributes: ` password='${password}'` })
    const trial = await imported(stand, document, { isTrial: true, replaces: false })
    expect(trial[0]?.counts).toEqual({ password: { refused: 1 } })
    expect(trial).toEqual(await imported(stand, document))
  })

  test('passwords that are none, verifiers that are not valid', async () => {
    const stand = await empty()
    const broken = (await scramElement('secret')).replace('SHA-1', 'SHA-256')
    const [one] = await imported(stand, inside(broken))
    expect(one?.notes[0]).toBe('password: SCRAM-SHA-256 is not known here, or its keys are not valid')
    const [other] = await imported(stand, inside('', { name: 'nurse', attributes: " password=''" }))
    expect(other?.counts).toEqual({ password: { refused: 1 } })
  })
})

test('a failure of the storage ends the import with its error', async () => {
  const stand = await Stand.open({
    accounts: [],
    modules: [notes({ import: () => ({ take: () => Promise.reject(new Error('the disk is full')) }) })],
  })
  await expect(imported(stand, inside("<note xmlns='urn:example:notes'/>"))).rejects.toThrow('the disk is full')
})

test('many accounts are under way at a time, each in its own order', async () => {
  const order: string[] = []
  const stand = await Stand.open({
    accounts: [],
    modules: [
      notes({
        import: (account) => ({
          async take(note) {
            await Promise.resolve()
            order.push(`${account.local} ${note.text()}`)
            return 'added' as const
          },
        }),
      }),
    ],
  })
  const events: PortableEvent[] = [{ type: 'host', domain: 'example.com' }]
  for (let user = 0; user < 100; user++) {
    events.push({ type: 'user', name: `u${user}` })
    for (let n = 0; n < 10; n++) events.push({ type: 'item', element: el('note', 'urn:example:notes', {}, String(n)) })
    events.push({ type: 'user-end' })
  }
  const importing = new PortableImport(stand.kernel, KEEPING)
  for (const event of events) await importing.take(event)
  const reports = await importing.end()
  expect(reports).toHaveLength(100)
  expect(order.filter((each) => each.startsWith('u42 '))).toEqual(Array.from({ length: 10 }, (_, n) => `u42 ${n}`))
})

describe('an account with the verifier of one hash alone (RFC 5802 §3: it cannot be made into that of another)', () => {
  test('while there is one, no mechanism is offered that it could not use', async () => {
    const storage = createMemoryStorage()
    const stand = await Stand.open({ accounts: ['romeo@example.com'], storage })
    const { accounts } = stand.kernel
    expect(accounts.usableHashes('example.com')).toEqual(['SHA-1', 'SHA-256', 'SHA-512'])
    await imported(stand, inside(await scramElement('secret')))
    expect(accounts.usableHashes('example.com')).toEqual(['SHA-1'])
    expect(accounts.usableHashes('example.net')).toEqual(['SHA-1', 'SHA-256', 'SHA-512'])
    expect(await accounts.isPassword(JULIET, 'secret')).toBe(true)
    const again = await Stand.open({ accounts: [], storage })
    expect(again.kernel.accounts.usableHashes('example.com')).toEqual(['SHA-1'])
    await again.kernel.accounts.setPassword(JULIET, 'other')
    expect(again.kernel.accounts.usableHashes('example.com')).toEqual(['SHA-1', 'SHA-256', 'SHA-512'])
  })

  test('its removal ends that, and so does a verifier for each', async () => {
    const stand = await empty()
    const { accounts } = stand.kernel
    await imported(stand, inside(await scramElement('secret', 'SHA-256')))
    await imported(stand, inside(await scramElement('secret'), { name: 'nurse' }))
    expect(accounts.usableHashes('example.com')).toEqual([])
    await accounts.remove(JULIET)
    expect(accounts.usableHashes('example.com')).toEqual(['SHA-1'])
    await accounts.remove(parseJid('nurse@example.com'))
    expect(accounts.usableHashes('example.com')).toHaveLength(3)
    expect(await stand.storage.list('limited-credentials', 'example.com')).toEqual(new Map())
  })
})
