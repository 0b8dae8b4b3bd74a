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

  const XML = `<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'><user name='juliet' password='pencil'/><user name='nurse' password='pencil'/></host></server-data>`
  const packet = (body: string) =>
    `{xmlel,<<"message">>,[{<<"to">>,<<"juliet@localhost">>},{<<"from">>,<<"romeo@localhost/x">>},{<<"xmlns">>,<<"jabber:client">>}],[{xmlel,<<"body">>,[],[{xmlcdata,${body}}]}]}`
  const record = (id: string, body: string) =>
    `{archive_msg,{<<"juliet">>,<<"localhost">>},\n  <<"${id}">>,{1,2,3},{<<"romeo">>,<<"localhost">>,<<"x">>},{<<"romeo">>,<<"localhost">>,<<>>},\n  ${packet(body)},<<>>,chat}.\n`
  const DISPLAYED = 'urn:xmpp:mds:displayed:0'
  const STANZA_ID = `<stanza-id xmlns='urn:xmpp:sid:0' id='1600000000000001' by='juliet@localhost'/>`
  const DISPLAYED_TERM = `{xmlel,<<"displayed">>,[{<<"xmlns">>,<<"${DISPLAYED}">>}],[{xmlel,<<"stanza-id">>,[{<<"xmlns">>,<<"urn:xmpp:sid:0">>},{<<"id">>,<<"1600000000000001">>},{<<"by">>,<<"juliet@localhost">>}],[]}]}`
  const node = (host: string, name: string, id: number) =>
    `{pubsub_node,{${host},<<"${name}">>},${id},[],<<"pep">>,[],[]}.\n`
  const published = (id: string, at: number, seconds: number, payload: string) =>
    `{pubsub_item,{<<"${id}">>,${at}},${at},{{1600,1,0},{<<>>,<<>>,<<>>}},{{1600,${seconds},0},{<<>>,<<>>,<<>>}},${payload}}.\n`
  const publish = (db: DatabaseSync) => {
    db.exec(`create table pubsub_node (host text, node text, nodeid integer primary key);
      create table pubsub_item (nodeid bigint, itemid text, modification text, payload text);
      insert into pubsub_node values ('juliet@localhost', '${DISPLAYED}', 1), ('juliet@localhost', 'urn:xmpp:avatar:data', 2), ('localhost', 'news', 3);
      insert into pubsub_item values (2, 'a', '1', ''), (2, 'b', '1', '<x'), (3, 'c', '1', '')`)
    const displayed = `<displayed xmlns='${DISPLAYED}'>${STANZA_ID}</displayed>`
    db.prepare("insert into pubsub_item values (1, 'romeo@localhost', '1', ?)").run(displayed)
  }
  const archive = (name: string) =>
    parlour(`import ejabberd ${join(folder, 'export.xml')} --archive ${join(folder, name)}`)

  test("archives in a dump of Mnesia's tables: in order of time; what is none is told with its place", async () => {
    file('export.xml', XML)
    const records = [
      record('1600000000000002', '<<"two \\"q\\" "\n    "x. \\\\ \\n">>'),
      record('1600000000000001', '<<226,152,130,\n  32,49>>'),
      record('1600000000000003', '<<"three">>,oops('),
      '{archive_prefs,{<<"juliet">>,<<"localhost">>},roster,[],[{<<"x">>,<<"example.org">>,<<>>}]}.\n',
      '{passwd,{<<"juliet">>,<<"localhost">>},\'Other\'}.\n',
      node('{<<"juliet">>,<<"localhost">>,<<>>}', DISPLAYED, 7),
      node('{<<"juliet">>,<<"localhost">>,<<>>}', 'urn:xmpp:avatar:metadata', 8),
      node('{<<"nurse">>,<<"localhost">>,<<>>}', 'urn:xmpp:avatar:metadata', 9),
      node('<<"pubsub.localhost">>', 'news', 10),
      published('romeo@localhost', 7, 2, `[${DISPLAYED_TERM}]`),
      published('current', 8, 1, '[]'),
      published('broken', 8, 1, 'oops'),
      published('headline', 10, 1, '[]'),
    ]
    file('dump', `{tables,[{archive_msg,[]}]}.\n${records.join('')}`)
    const ran = await archive('dump')
    expect(ran.code).toBe(0)
    expect(ran.errors).toMatch(/dump: the term at octet \d+ cannot be read, and was left out: /)
    expect(ran.output).toMatch(/archived messages: +2 added/)
    expect(ran.output).toMatch(/PEP items: +1 added, 1 left out/)
    expect(ran.errors).toContain('juliet@localhost: PEP items: there is no place yet for what is in urn:xmpp:avatar')
    const text = await exported('juliet@localhost')
    const first = /<result [^>]*id='([^']+)'/.exec(text)?.[1]
    expect(text).toMatch(new RegExp(`<displayed [^>]*><stanza-id [^>]*id='${first}'`))
    expect(text).toMatch(/<body>☂ 1<\/body>[\s\S]*<body>two "q" x\. \\ \n<\/body>/)
    expect(text).toContain("default='roster'><always/><never><jid>x@example.org</jid></never>")
    expect((await archive('dump')).output).not.toContain('added')
    expect((await archive('none')).errors).toContain('ejabberdctl dump writes one')
  })

  test.each([
    ['of old', ''],
    ['with hosts', 'server_host text,'],
  ])('archives in SQLite, in the schema %s', async (_, column) => {
    file('export.xml', XML)
    {
      using db = new DatabaseSync(join(folder, 'ejabberd.db'))
      db.exec(`create table archive (username text, ${column} timestamp bigint, peer text, bare_peer text, xml text, txt text, id integer primary key, kind text, nick text);
        create table archive_prefs (username text, ${column} def text, always text, never text)`)
      if (column !== '') publish(db)
      const insert = (xml: string, at: number) =>
        db.prepare(`insert into archive (username, timestamp, xml) values ('juliet', ?, ?)`).run(at, xml)
      const stanza = (from: string, body: string, to = 'juliet@localhost') =>
        `<message to='${to}' from='${from}' xmlns='jabber:client'><body>${body}</body></message>`
      insert(stanza('romeo@localhost/x', 'two ☂'), 1_600_000_000_000_002)
      insert(stanza('romeo@localhost/x', 'one'), 1_600_000_000_000_001)
      insert('<message', 1_600_000_000_000_003)
      if (column === '') insert(stanza('romeo@localhost/x', 'of another', 'juliet@example.net'), 1_600_000_000_000_004)
      db.exec(
        `insert into archive_prefs (username, def, always, never) values ('juliet', 'never', '[{<<"x">>,<<"example.org">>,<<>>}]', '[]')`,
      )
      if (column !== '')
        for (const table of ['archive', 'archive_prefs']) db.exec(`update ${table} set server_host = 'localhost'`)
    }
    const ran = await archive('ejabberd.db')
    expect(ran.errors).toContain('ejabberd.db: row 3 of archive cannot be read, and was left out: ')
    expect(ran.output).toMatch(/archived messages: +2 added/)
    const text = await exported('juliet@localhost')
    expect(text).toMatch(/<body>one<\/body>[\s\S]*<body>two ☂<\/body>/)
    expect(text).toContain("default='never'><always><jid>x@example.org</jid></always><never/>")
    if (column !== '') {
      expect(ran.output).toMatch(/PEP items: +1 added, 1 left out/)
      expect(ran.errors).toContain('ejabberd.db: row 2 of pubsub_item cannot be read, and was left out: ')
      const first = /<result [^>]*id='([^']+)'/.exec(text)?.[1]
      expect(text).toMatch(new RegExp(`<displayed [^>]*><stanza-id [^>]*id='${first}'`))
    }
    using empty = new DatabaseSync(join(folder, 'empty.db'))
    empty.exec('create table x (y)')
    expect((await archive('empty.db')).errors).toContain('no database of ejabberd')
  })
})
