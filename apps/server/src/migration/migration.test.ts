import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { data, folder, parlour, signIn, startServer, withFolders } from '../commands/commands.fixture.ts'

withFolders()

function file(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text, 'latin1')
}

const exported = (address: string) => parlour(`user export ${address} --output -`).then(({ output }) => output)

/** The SCRAM-SHA-1 verifier of "pencil" (RFC 5802 §5). */
const PENCIL = `return { ["iteration_count"] = 4096; ["salt"] = "\\065\\037\\194\\071\\228\\058\\177\\233\\060\\109\\255\\118";
  ["stored_key"] = "e9d94660c39d65c38fbad91c358f14da0eef2bd6"; ["server_key"] = "0fe09258b3ac852ba502cc62ba903eaacdbf7d31"; };`

describe('import prosody', () => {
  test('contacts, requests, vCard, private XML, blocked addresses and offline messages', async () => {
    file('prosody/localhost/accounts/b%c3%b6b.dat', 'return { ["password"] = "pencil"; };')
    file(
      'prosody/localhost/roster/b%c3%b6b.dat',
      `return { [false] = { ["pending"] = { ["asks@localhost"] = true; }; }; ["romeo@localhost"] =
        { ["subscription"] = "both"; ["name"] = "R\\195\\182meo"; ["groups"] = { ["Friends"] = true; }; }; };`,
    )
    file('prosody/localhost/blocklist/b%c3%b6b.dat', 'return { [false] = {}; ["spam@localhost"] = true; };')
    file(
      'prosody/localhost/vcard/b%c3%b6b.dat',
      `return { ["name"] = "vCard"; ["attr"] = { ["xmlns"] = "vcard-temp"; }; { ["name"] = "FN"; ["attr"] = {}; "B"; }; };`,
    )
    file(
      'prosody/localhost/private/b%c3%b6b.dat',
      `return { ["x:urn:x"] = { ["name"] = "x"; ["attr"] = { ["xmlns"] = "urn:x"; ["urn:y\\001z"] = "1"; }; }; };`,
    )
    file(
      'prosody/localhost/offline/b%c3%b6b.list',
      `item({ ["name"] = "message"; ["when"] = 1600000000; ["key"] = "k"; ["attr"] = { ["from"] = "romeo@localhost/x"; ["to"] = "b\\195\\182b@localhost";
        ["stamp"] = "2020-09-13T12:26:40Z"; }; { ["name"] = "body"; ["attr"] = {}; "hi & <>"; };
        { ["name"] = "stanza-id"; ["attr"] = { ["xmlns"] = "urn:xmpp:sid:0"; ["by"] = "b\\195\\182b@localhost"; ["id"] = "1"; }; }; });`,
    )
    file('prosody/localhost/pep/b%c3%b6b.dat', 'return {};')
    const ran = await parlour(`import prosody ${join(folder, 'prosody')}`)
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.errors).toContain('localhost: pep (1 files) was left out')
    const text = await exported('böb@localhost')
    for (const part of [
      "<item jid='romeo@localhost' name='Römeo' subscription='both'><group>Friends</group></item>",
      "<presence xmlns='jabber:client' from='asks@localhost' type='subscribe' to='böb@localhost'/>",
      "<item jid='spam@localhost'/>",
      "<vCard xmlns='vcard-temp'><FN>B</FN></vCard>",
      "<x xmlns='urn:x'",
      "<body>hi &amp; &lt;&gt;</body><delay xmlns='urn:xmpp:delay' from='localhost' stamp='2020-09-13T12:26:40.000Z'>",
    ])
      expect(text).toContain(part)
    expect(text).not.toMatch(/pencil|stanza-id| stamp='2020-09-13T12:26:40Z'/)
  })

  test('a verifier of SCRAM-SHA-1 stays one: who has it signs in with the same password', async () => {
    file('prosody/localhost/accounts/user.dat', PENCIL)
    expect((await parlour(`import prosody ${join(folder, 'prosody')}`)).code).toBe(0)
    expect(await exported('user@localhost')).toContain("mechanism='SCRAM-SHA-1'><iter-count>4096</iter-count>")
    const server = await startServer()
    const client = await signIn(server, 'user', 'pencil')
    expect(client.jid.local).toBe('user')
    await expect(signIn(server, 'user', 'pen')).rejects.toThrow()
  })

  test('files that are no data are left out and told; folders that are none are refused', async () => {
    file('prosody/localhost/accounts/a.dat', 'return { ["password"] = "p"; };')
    file('prosody/localhost/roster/a.dat', 'return os.exit()')
    const ran = await parlour(`import prosody ${join(folder, 'prosody')}`)
    expect(ran.errors).toContain('roster/a.dat cannot be read')
    expect(ran.output).toContain('1 made')
    expect(await parlour(`import prosody ${folder}`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('no accounts'),
    })
    expect(await parlour(`import prosody ${data}/none`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('no folder'),
    })
    expect(await parlour('import prosody')).toMatchObject({ code: 2 })
  })
})

describe('import ejabberd', () => {
  const twice = (text: string) => Buffer.from(text).toString('base64')
  const credentials = (write: (text: string) => string) =>
    `<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'><iter-count>4096</iter-count><salt>${write('QSXCR+Q6sek8bf92')}</salt><server-key>${write('D+CSWLOshSulAsxiupA+qs2/fTE=')}</server-key><stored-key>${write('6dlGYMOdZcOPutkcNY8U2g7vK9Y=')}</stored-key></scram-credentials>`

  test('files for hosts, keys that are in base 64 once or twice', async () => {
    file(
      'export.xml',
      `<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='export_localhost.xml'/></server-data>`,
    )
    file(
      'export_localhost.xml',
      `<host xmlns='urn:xmpp:pie:0' jid='localhost'><user name='once'>${credentials((text) => text)}</user><user name='twice'>${credentials(twice)}</user></host>`,
    )
    expect(await parlour(`import ejabberd ${join(folder, 'export.xml')}`)).toMatchObject({ code: 0 })
    const server = await startServer()
    for (const name of ['once', 'twice']) expect((await signIn(server, name, 'pencil')).jid.local).toBe(name)
    expect(await parlour('import ejabberd')).toMatchObject({ code: 2 })
  })
})
