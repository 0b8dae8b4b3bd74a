import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { data, folder, parlour, signIn, startServer, withFolders } from './commands.fixture.ts'
import { commands } from './index.ts'
import { runCommand } from './run.ts'

withFolders()

const SECRET = 'only juliet knows this'

const user = (name: string, content = '', password = 'correct horse') =>
  `<user name='${name}' password='${password}'>${content}</user>`

const content = `<query xmlns='jabber:iq:roster'><item jid='romeo@localhost' name='${SECRET}' subscription='none'/></query>
  <offline-messages><message xmlns='jabber:client' from='romeo@localhost/orchard' to='juliet@localhost' type='chat'><body>${SECRET}</body></message></offline-messages>
  <query xmlns='jabber:iq:private'><notes xmlns='urn:notes'>${SECRET}</notes></query><vCard xmlns='vcard-temp'><FN>${SECRET}</FN></vCard>
  <archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>
  <message xmlns='jabber:client' from='romeo@localhost/orchard' to='juliet@localhost' type='chat'><body>${SECRET}</body></message></forwarded></result></archive>`

function put(file: string, users: string, host = 'localhost'): void {
  const text = `<server-data xmlns='urn:xmpp:pie:0'><host jid='${host}'>${users}</host></server-data>`
  writeFileSync(join(folder, file), text)
}

const path = (file: string) => join(folder, file)

/** How often a text stands in the files of the database. */
function occurrences(text: string): number {
  const files = ['', '-wal', '-shm', '-journal'].map((suffix) => join(data, `parlour.sqlite${suffix}`))
  const texts = files.map((file) => (existsSync(file) ? readFileSync(file).toString('latin1') : ''))
  return texts.reduce((sum, each) => sum + each.split(text).length - 1, 0)
}

describe('user import', () => {
  test('--dry-run tells what would be changed, and the import does just that; again, it changes nothing', async () => {
    put('juliet.xml', user('juliet', content))
    const counts = [/contacts: +1 added/, /offline messages: +1 added/, /archived messages: +1 added/]
    const trial = await parlour(`user import ${path('juliet.xml')} --dry-run`)
    expect(trial.code).toBe(0)
    expect(trial.output).toContain('Accounts: 1 would be made, 0 there already, 0 left out.')
    for (const line of counts) expect(trial.output).toMatch(line)
    expect(trial.output).toContain('Nothing was changed')
    expect((await parlour('user list')).output).toContain('no accounts')
    const done = await parlour(`user import ${path('juliet.xml')}`)
    expect(done.output).toContain('Accounts: 1 made, 0 there already, 0 left out.')
    for (const line of counts) expect(done.output).toMatch(line)
    const again = await parlour(`user import ${path('juliet.xml')}`)
    expect(again.output).toContain('Accounts: 0 made, 1 there already, 0 left out.')
    expect(again.output).not.toContain('added')
    expect(again.code).toBe(0)
  })

  test('while the server runs; who was imported signs in with the same password', async () => {
    const server = await startServer()
    put('juliet.xml', user('juliet', content))
    expect((await parlour(`user import ${path('juliet.xml')}`)).code).toBe(0)
    const client = await signIn(server, 'juliet', 'correct horse')
    expect(client.jid.bare.toString()).toBe('juliet@localhost')
  })

  test('what differs is kept and told; --replace replaces it', async () => {
    put('juliet.xml', user('juliet', content))
    await parlour(`user import ${path('juliet.xml')}`)
    put('other.xml', user('juliet', content.replaceAll(SECRET, 'something else'), 'another'))
    const kept = await parlour(`user import ${path('other.xml')}`)
    expect(kept.errors).toContain('juliet@localhost: password: the account has another one here')
    expect(kept.output).toMatch(/vCard: +1 kept/)
    const replaced = await parlour(`user import ${path('other.xml')} --replace`)
    expect(replaced.output).toMatch(/vCard: +1 replaced/)
    await parlour(`user export juliet@localhost --output ${path('out.xml')}`)
    expect(readFileSync(path('out.xml'), 'utf8')).toContain('<FN>something else</FN>')
  })

  test('other domains, files outside of the folder and unknown elements are left out and told; no password is', async () => {
    put('other.xml', user('juliet', '', 'very secret'), 'elsewhere.example')
    const other = await parlour(`user import ${path('other.xml')}`)
    expect(other).toMatchObject({ code: 1 })
    expect(other.errors).toContain('juliet@elsewhere.example: its domain is not served here')
    expect(other.output + other.errors).not.toContain('very secret')
    const include = `<include xmlns='http://www.w3.org/2001/XInclude' href='../../../../etc/passwd'/>`
    put('outside.xml', include)
    expect((await parlour(`user import ${path('outside.xml')}`)).errors).toContain('lies outside of the folder')
    put('unknown.xml', `<x xmlns='urn:x'/>${user('nurse', "<y xmlns='urn:y'/>")}`)
    const unknown = await parlour(`user import ${path('unknown.xml')}`)
    expect(unknown.errors).toContain('<x/> is not known here')
    expect(unknown.errors).toContain("nurse@localhost: left out, as nothing here takes it: <y xmlns='urn:y'/>")
  })

  test('a file that is none is refused with its line, and one that is missing by its name', async () => {
    writeFileSync(path('page.html'), '<html>\n</html>')
    expect(await parlour(`user import ${path('page.html')}`)).toMatchObject({
      code: 1,
      errors: expect.stringContaining('line 1: <html/> is none of XEP-0227'),
    })
    expect((await parlour(`user import ${path('gone.xml')}`)).errors).toContain('gone.xml')
    put('whole.xml', `${user('juliet')}<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='part.xml'/>`)
    writeFileSync(path('part.xml'), "<user xmlns='urn:xmpp:pie:0' name='nurse'>\n<vCard xmlns='vcard-temp'>\n</user>")
    const broken = await parlour(`user import ${path('whole.xml')}`)
    expect(broken.code).toBe(1)
    expect(broken.errors).toContain(`${path('part.xml')}, line 3: `)
    expect(broken.errors).toContain('an import can be repeated')
    expect(await parlour('user import')).toMatchObject({ code: 2 })
  })
})

describe('user export', () => {
  test('all that is held of an account, for its owner to read alone; another server makes the same account of it', async () => {
    put('juliet.xml', user('juliet', content))
    await parlour(`user import ${path('juliet.xml')}`)
    const live = await startServer()
    const ran = await parlour(`user export juliet@localhost --output ${path('out.xml')}`)
    expect(ran).toMatchObject({ code: 0, output: expect.stringContaining('keep it safe') })
    expect(statSync(path('out.xml')).mode & 0o777).toBe(0o600)
    const text = readFileSync(path('out.xml'), 'utf8')
    expect(text.split(SECRET).length - 1).toBe(5)
    expect(text).not.toContain('correct horse')
    await live.close()
    expect((await parlour('user erase juliet@localhost --yes')).code).toBe(0)
    await parlour(`user import ${path('out.xml')}`)
    const printed = await parlour('user export juliet@localhost --output -')
    expect(printed.output).toBe(text)
    const server = await startServer()
    await signIn(server, 'juliet', 'correct horse')
  })

  test('accounts that do not exist are refused, and no file is left', async () => {
    const ran = await parlour(`user export nobody@localhost --output ${path('out.xml')}`)
    expect(ran).toMatchObject({ code: 1, errors: expect.stringContaining('there is no account nobody@localhost') })
    expect([existsSync(path('out.xml')), existsSync(path('out.xml.part'))]).toEqual([false, false])
    expect(await parlour('user export')).toMatchObject({ code: 2 })
  })

  test('one that was broken off is told by its name', async () => {
    put('juliet.xml', user('juliet'))
    await parlour(`user import ${path('juliet.xml')}`)
    writeFileSync(path('out.xml.part'), '')
    const ran = await parlour(`user export juliet@localhost --output ${path('out.xml')}`)
    expect(ran).toMatchObject({ code: 1, errors: expect.stringContaining('out.xml.part is there') })
  })

  test('exports and imports tell a terminal how far they are', async () => {
    put('juliet.xml', user('juliet', content))
    const shown = async (line: string) => {
      const [input, output, errorOutput] = [new PassThrough(), new PassThrough(), new PassThrough()]
      let text = ''
      errorOutput.on('data', (chunk: Buffer) => {
        text += chunk
      })
      const terminal = {
        input,
        output,
        errorOutput: Object.assign(errorOutput, { isTTY: true }),
        environment: {},
        folder,
      }
      expect(await runCommand(commands, [...line.split(' '), '--data-folder', data], terminal)).toBe(0)
      return text
    }
    expect(await shown(`user import ${path('juliet.xml')}`)).toMatch(
      /\d+ items of \d+ accounts, [\d.]+ of [\d.]+ MB read …/,
    )
    expect(await shown(`user export juliet@localhost --output ${path('out.xml')}`)).toMatch(
      /[\d.]+ MB written to .*out\.xml\.part …/,
    )
  })
})

describe('user erase', () => {
  test('nothing of the account is left in the database file, while the server runs and after', async () => {
    put(
      'juliet.xml',
      user('juliet', content) +
        user('nurse', content.replaceAll(SECRET, 'what the nurse has').replaceAll('juliet', 'nurse')),
    )
    await parlour(`user import ${path('juliet.xml')}`)
    const server = await startServer()
    const client = await signIn(server, 'juliet', 'correct horse')
    const closed = new Promise<void>((resolve) => {
      client.onState(({ status }) => void (status === 'closed' && resolve()))
    })
    expect(occurrences(SECRET)).toBeGreaterThanOrEqual(4)
    const ran = await parlour('user erase juliet@localhost --yes')
    expect(ran).toMatchObject({ code: 0, errors: '' })
    expect(ran.output).toContain('juliet@localhost was erased.')
    expect(ran.output).toContain('what other servers hold')
    await closed
    expect(occurrences(SECRET)).toBe(0)
    await server.close()
    expect(occurrences(SECRET)).toBe(0)
    expect(occurrences('juliet')).toBe(0)
    expect(occurrences('what the nurse has')).toBeGreaterThanOrEqual(4)
    using db = new DatabaseSync(join(data, 'parlour.sqlite'))
    const owned = (table: string) =>
      db.prepare(`select count(*) as n from ${table} where owner = ?`).get('juliet@localhost')
    expect([owned('records'), owned('archives')]).toEqual([{ n: 0 }, { n: 0 }])
    expect((await parlour('user list')).output).toMatch(/^nurse@localhost/)
  })

  test('asks; another answer than the address changes nothing', async () => {
    put('juliet.xml', user('juliet'))
    await parlour(`user import ${path('juliet.xml')}`)
    expect(await parlour('user erase juliet@localhost')).toMatchObject({
      code: 2,
      errors: expect.stringContaining('--yes'),
    })
    const answered = async (answer: string) => {
      const [input, output, errorOutput] = [new PassThrough(), new PassThrough(), new PassThrough()]
      const line = ['user', 'erase', 'juliet@localhost', '--data-folder', data]
      const terminal = { input: Object.assign(input, { isTTY: true }), output, errorOutput, environment: {}, folder }
      let asked = ''
      errorOutput.on('data', (chunk: Buffer) => {
        asked += chunk
      })
      const code = runCommand(commands, line, terminal)
      while (!asked.includes('Type the address')) await turn()
      input.write(`${answer}\n`)
      return code
    }
    expect(await answered('yes')).toBe(2)
    expect((await parlour('user list')).output).toContain('juliet@localhost')
    expect(await answered('juliet@localhost')).toBe(0)
    expect((await parlour('user list')).output).toContain('no accounts')
  })

  test('--keep-file says that remains may be left; an account that does not exist is refused', async () => {
    put('juliet.xml', user('juliet'))
    await parlour(`user import ${path('juliet.xml')}`)
    const kept = await parlour('user erase juliet@localhost --yes --keep-file')
    expect(kept).toMatchObject({ code: 0, output: expect.stringContaining('Remains of it may be left') })
    expect((await parlour('user erase juliet@localhost --yes')).code).toBe(1)
  })
})
