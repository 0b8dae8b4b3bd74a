import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
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
    file('prosody/localhost/muc_log/b%c3%b6b.list', '')
    const ran = await parlour(`import prosody ${join(folder, 'prosody')}`)
    expect(ran).toMatchObject({ code: 0 })
    expect(ran.errors).toContain('localhost: muc_log (of 1) was left out')
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

  test('of very much that cannot be read, it is told how much there is', async () => {
    for (let at = 0; at < 103; at++) {
      file(`prosody/localhost/accounts/u${at}.dat`, 'return { ["password"] = "pencil"; };')
      file(`prosody/localhost/vcard/u${at}.dat`, 'return oops')
    }
    const { errors } = await parlour(`import prosody ${join(folder, 'prosody')} --dry-run`)
    expect(errors.match(/cannot be read/g)).toHaveLength(100)
    expect(errors).toMatch(/and 3 more/)
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

  test('names and passwords that XML cannot hold are left out and told; all others are taken', async () => {
    const contact = 'return { ["romeo@localhost"] = { ["subscription"] = "both"; ["groups"] = {}; }; };'
    for (const name of ['a', 'b%01', 'c', 'd']) {
      const password = name === 'c' ? 'se\\001cret' : 'secret'
      file(`prosody/localhost/accounts/${name}.dat`, `return { ["password"] = "${password}"; };`)
      file(`prosody/localhost/roster/${name}.dat`, name === 'a' ? 'return {};' : contact)
    }
    for (const options of [' --dry-run', '']) {
      const { code, output, errors } = await parlour(`import prosody ${join(folder, 'prosody')}${options}`)
      expect([code, output]).toEqual([1, expect.stringMatching(/^Accounts: 3 .*made, 0 there already, 1 left out\./)])
      expect(output).toMatch(/password: +2 added, 1 refused\n +contacts: +2 added\n/)
      expect(errors).toMatch(/^b.* was left out with all that it has, as XML cannot hold its name/m)
      expect(errors).toMatch(/^c@localhost: its password was left out, as XML cannot hold it/m)
      expect(errors).toContain('c@localhost: there is no password for it')
      expect(errors).not.toContain('cret')
    }
    expect(await exported('a@localhost')).not.toContain('romeo')
    expect(await exported('d@localhost')).toContain('romeo')
  })

  test('items that XML cannot hold are left out and told, in a trial, too; all others are taken', async () => {
    const contact = (name: string) => `{ ["subscription"] = "both"; ["name"] = "${name}"; ["groups"] = {}; }`
    const text = (name: string) => `{ ["name"] = "${name}"; ["attr"] = {}; "B\\001"; }`
    const attributes = '["from"] = "romeo@localhost/x"; ["to"] = "a@localhost";'
    const message = `item({ ["name"] = "message"; ["when"] = 1600000000; ["attr"] = { ${attributes} }; ${text('body')}; });`
    const stores = {
      'accounts/a.dat': 'return { ["password"] = "secret"; };',
      'roster/a.dat': `return { [false] = { ["pending"] = { ["a\\001@localhost"] = true; }; };
        ["romeo@localhost"] = ${contact('R\\001')}; ["nurse@localhost"] = ${contact('N')}; };`,
      'vcard/a.dat': `return { ["name"] = "vCard"; ["attr"] = { ["xmlns"] = "vcard-temp"; }; ${text('FN')}; };`,
      'blocklist/a.dat': 'return { ["spam\\001@localhost"] = true; ["spam@localhost"] = true; };',
      'archive_prefs/a.dat': 'return { ["romeo\\001@localhost"] = true; };',
      'offline/a.list': message,
      'archive/a.list': message,
      'pep/a.dat': 'return { ["urn:x\\001"] = { ["config"] = { ["access_model"] = "open"; }; }; };',
    }
    for (const [path, data] of Object.entries(stores)) file(`prosody/localhost/${path}`, data)
    for (const options of [' --dry-run', '']) {
      const { code, output, errors } = await parlour(`import prosody ${join(folder, 'prosody')}${options}`)
      expect(errors.match(/^a@localhost: an item was left out, as XML cannot hold it/gm)).toHaveLength(8)
      expect([code, output]).toEqual([1, expect.stringMatching(/^Accounts: 1 .*made, 0 there already, 0 left out\./)])
      expect(output).toMatch(/items that XML cannot hold: +8 refused\n/)
      expect(output).toMatch(/contacts: +1 added\n/)
    }
    expect(await exported('a@localhost')).toMatch(/nurse@localhost.*spam@localhost/s)
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
      errors: expect.stringContaining(`there is no ${data}/none`),
    })
    expect(await parlour('import prosody')).toMatchObject({ code: 2 })
  })
})

describe('import prosody, PEP and archives', () => {
  const NODE = 'urn:xmpp:mds:displayed:0'
  const displayed = (id: string, by: string) =>
    `<displayed xmlns='${NODE}'><stanza-id xmlns='urn:xmpp:sid:0' id='${id}' by='${by}'/></displayed>`
  const message = (body: string) =>
    `<message type='chat' from='romeo@localhost/x' to='juliet@localhost'><body>${body}</body></message>`
  /** Host, account, store, key, type, value; and with the time, of archives. */
  const TABLE: readonly (readonly string[])[] = [
    ['accounts', 'password', 'string', 'pencil'],
    ['roster', 'romeo@localhost', 'json', '{"subscription":"both","name":"R\u00f6meo","groups":{"Friends":true}}'],
    ['roster', '', 'json', '{"__hash":[false,{"version":1,"pending":{"asks@localhost":true}}]}'],
    ['vcard', 'name', 'string', 'vCard'],
    ['vcard', 'attr', 'json', '{"xmlns":"vcard-temp"}'],
    ['vcard', '', 'json', '[{"name":"FN","attr":{},"__array":["J\u00fcl"]}]'],
    ['archive_prefs', 'spam@localhost', 'boolean', 'false'],
    ['archive_prefs', '', 'json', '{"__hash":[false,"roster"]}'],
    ['pep', NODE, 'json', `{"name":"${NODE}","config":{"access_model":"whitelist","persist_items":true}}`],
    ['pep', 'urn:xmpp:avatar:metadata', 'boolean', 'true'],
    ['invites', 'token', 'string', 'x'],
  ]
  const ARCHIVE: readonly (readonly [store: string, key: string, when: number, type: string, value: string])[] = [
    ['archive', 'aaa', 1_600_000_000, 'xml', message('one')],
    ['archive', 'bbb', 1_600_000_000, 'xml', message('two &amp; more')],
    ['archive', 'ccc', 1_600_000_001, 'xml', '<message>'],
    [`pep_${NODE}`, 'romeo@localhost', 1_600_000_002, 'xml', displayed('bbb', 'juliet@localhost')],
    [`pep_${NODE}`, 'nurse@localhost', 1_600_000_002, 'xml', displayed('gone', 'juliet@localhost')],
    [`pep_${NODE}`, 'room@localhost', 1_600_000_002, 'xml', displayed('r1', 'room@localhost')],
    ['pep_urn:xmpp:avatar:metadata', 'x', 1_600_000_002, 'xml', "<metadata xmlns='urn:xmpp:avatar:metadata'/>"],
  ]

  function database(name: string): void {
    mkdirSync(join(folder, 'prosody'), { recursive: true })
    using db = new DatabaseSync(join(folder, 'prosody', name))
    db.exec(`create table prosody (host text, user text, store text, key text, type text, value text);
      create table prosodyarchive (sort_id integer primary key autoincrement, host text, user text, store text, key text, "when" integer, "with" text, type text, value text)`)
    const value = db.prepare("insert into prosody values ('localhost', 'juliet', ?, ?, ?, ?)")
    for (const row of TABLE) value.run(...row)
    const entry = db.prepare(
      `insert into prosodyarchive (host, user, store, key, "when", "with", type, value) values ('localhost', 'juliet', ?, ?, ?, '', ?, ?)`,
    )
    for (const row of ARCHIVE) entry.run(...row)
  }

  async function check(path: string, faults: readonly string[]): Promise<void> {
    const ran = await parlour(`import prosody ${join(folder, path)}`)
    expect(ran.code).toBe(0)
    for (const line of [
      'PEP items: how far a conversation was read, by an id that its message has no more',
      'PEP items: there is no place yet for what is in urn:xmpp:avatar:metadata',
      'localhost: invites (of 1) was left out: there is no place for it here',
      ...faults,
    ])
      expect(ran.errors).toContain(line)
    expect(ran.output).toMatch(/PEP items: +2 added, 2 left out/)
    expect(ran.output).toContain('Keep what you have imported: it can be imported again')
    expect(ran.output).toMatch(/archived messages: +2 added/)
    const text = await exported('juliet@localhost')
    for (const part of [
      "<item jid='romeo@localhost' name='Römeo' subscription='both'><group>Friends</group></item>",
      "from='asks@localhost' type='subscribe'",
      "<vCard xmlns='vcard-temp'><FN>Jül</FN></vCard>",
      "<prefs xmlns='urn:xmpp:mam:2' default='roster'><always/><never><jid>spam@localhost</jid></never></prefs>",
      "id='r1' by='room@localhost'",
      "stamp='2020-09-13T12:26:40.000Z'",
      '<body>two &amp; more</body>',
    ])
      expect(text).toContain(part)
    // The state names the message by the id that it has here.
    const [, second] = [...text.matchAll(/<result xmlns='urn:xmpp:mam:2' id='([^']+)'/g)].map(([, id]) => id)
    expect(text).toContain(`<item id='romeo@localhost'>${displayed(second ?? '', 'juliet@localhost')}</item>`)
    const again = await parlour(`import prosody ${join(folder, path)}`)
    expect(again.output).not.toMatch(/added|replaced|kept/)
  }

  test('a database of SQLite, by itself or in the folder; rows that are none are told with their number', async () => {
    database('another.db')
    await check('prosody/another.db', ['table prosodyarchive, row 3 cannot be read, and was left out: '])
    await parlour('user erase juliet@localhost --yes')
    database('prosody.sqlite')
    await check('prosody', ['table prosodyarchive, row 3 cannot be read, and was left out: '])
    file('some.file', 'x')
    expect((await parlour(`import prosody ${join(folder, 'some.file')}`)).errors).toContain('neither a folder nor')
    using empty = new DatabaseSync(join(folder, 'empty.db'))
    empty.exec('create table x (y)')
    expect((await parlour(`import prosody ${join(folder, 'empty.db')}`)).errors).toContain('no database of Prosody')
  })

  test('archives in a database beside files', async () => {
    database('prosody.sqlite')
    {
      using db = new DatabaseSync(join(folder, 'prosody', 'prosody.sqlite'))
      db.exec('delete from prosody')
    }
    const lua: Record<string, string> = {
      accounts: '["password"] = "pencil";',
      roster: `[false] = { ["pending"] = { ["asks@localhost"] = true; }; };
        ["romeo@localhost"] = { ["subscription"] = "both"; ["name"] = "R\\195\\182meo"; ["groups"] = { ["Friends"] = true; }; };`,
      vcard: `["name"] = "vCard"; ["attr"] = { ["xmlns"] = "vcard-temp"; }; { ["name"] = "FN"; ["attr"] = {}; "J\\195\\188l"; };`,
      archive_prefs: '[false] = "roster"; ["spam@localhost"] = false;',
      pep: `["${NODE}"] = { ["name"] = "${NODE}"; ["config"] = { ["access_model"] = "whitelist"; }; }; ["urn:xmpp:avatar:metadata"] = true;`,
      invites: '["token"] = "x";',
    }
    for (const [store, content] of Object.entries(lua))
      file(`prosody/localhost/${store}/juliet.dat`, `return { ${content} };`)
    await check('prosody', [])
  })
})
