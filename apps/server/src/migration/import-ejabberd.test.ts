import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { folder, parlour, signIn, startServer, withFolders } from '../commands/commands.fixture.ts'

withFolders()

function file(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text, 'latin1')
}

const exported = (address: string) => parlour(`user export ${address} --output -`).then(({ output }) => output)

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
    file('cut', records.join('').slice(0, -20))
    expect((await archive('cut')).errors).toMatch(/cut ends in the middle of a term, at octet \d+: it is not whole/)
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
