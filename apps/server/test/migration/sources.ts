import assert from 'node:assert/strict'
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { ejabberd } from '../interop/peers/ejabberd.ts'
import type { PeerPlace, PeerProgram } from '../interop/peers/peer.ts'
import { prosody } from '../interop/peers/prosody.ts'
import { freePort } from '../support/free-port.ts'

/** A server to move away from. */
export interface Source {
  readonly name: string
  readonly program: PeerProgram
  /** Files without which it is left out, besides those of the program. */
  readonly needs: readonly string[]
  /** Whether it serves PEP. */
  readonly hasPep: boolean
  /** Copies what it holds to a folder. @returns the words of the command that takes it over */
  take(folder: string, to: string): Promise<readonly string[]>
}

function edit(file: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of changes) {
    assert.ok(text.includes(from), `${file} has ${from}`)
    text = text.replace(from, to)
  }
  writeFileSync(file, text)
}

/** `sql`: with `mod_storage_sql` in SQLite, in place of files. */
function prosodyWith(authentication: 'internal_hashed' | 'internal_plain', storage: 'internal' | 'sql'): Source {
  const prepare = (place: PeerPlace) => {
    const prepared = prosody.prepare(place)
    edit(
      `${place.folder}/prosody.cfg.lua`,
      ['"carbons"', '"carbons","blocklist","mam","pep"'],
      ['"internal_hashed"', `"${authentication}"`],
      ['storage = "internal"', `storage = "${storage}"`],
    )
    return prepared
  }
  return {
    name: `prosody, ${storage} storage, ${authentication}`,
    program: { ...prosody, prepare },
    needs: storage === 'sql' ? [LUA_SQLITE] : [],
    hasPep: true,
    async take(folder, to) {
      cpSync(join(folder, 'data'), to, { recursive: true })
      return ['import', 'prosody', to]
    },
  }
}

/** It is asked by HTTP for what ejabberdctl asks for: that command needs a distributed Erlang. */
function ejabberdWith(format: 'scram' | 'plain', storage: 'mnesia' | 'sqlite', port: number): Source {
  const prepare = (place: PeerPlace) => {
    const prepared = ejabberd.prepare(place)
    const file = `${place.folder}/ejabberd.yml`
    const listener = `  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { /api: mod_http_api } }`
    const before = readFileSync(file, 'utf8')
    const pubsub = 'mod_pubsub: { plugins: [flat, pep] }'
    const modules = ['mod_blocking: {}', 'mod_privacy: {}', 'mod_http_api: {}', 'mod_caps: {}', pubsub].filter(
      (line) => !before.includes(`  ${line.slice(0, line.indexOf(':'))}:`),
    )
    edit(
      file,
      ['auth_password_format: scram', `auth_password_format: ${format}`],
      ['listen:\n', `listen:\n${listener}\n`],
      ['modules:\n', `modules:\n${modules.map((line) => `  ${line}\n`).join('')}`],
    )
    if (storage === 'sqlite') {
      edit(file, ['auth_method: internal', 'auth_method: sql'])
      appendFileSync(file, `sql_type: sqlite\nsql_database: "${place.folder}/ejabberd.db"\ndefault_db: sql\n`)
      using database = new DatabaseSync(`${place.folder}/ejabberd.db`)
      database.exec(readFileSync(EJABBERD_SCHEMA, 'utf8'))
    }
    appendFileSync(file, 'api_permissions:\n  "tests":\n    who: all\n    what: "*"\n')
    return prepared
  }
  const call = async (command: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const url = `http://127.0.0.1:${port}/api/${command}`
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
    assert.equal(answer.status, 200, await answer.text())
  }
  return {
    name: `ejabberd, ${storage}, ${format}`,
    program: { ...ejabberd, prepare },
    needs: storage === 'sqlite' ? [EJABBERD_SQLITE] : [],
    hasPep: true,
    async take(folder, to) {
      mkdirSync(to)
      await call('export_piefxis', { dir: to })
      // The others have the name of a host behind that of the main file.
      const [main = ''] = readdirSync(to).sort((one, other) => one.length - other.length)
      const archive = join(to, 'archive')
      if (storage === 'mnesia') await call('dump', { file: archive })
      else
        for (const suffix of ['', '-wal', '-shm']) copyIfThere(join(folder, `ejabberd.db${suffix}`), archive + suffix)
      return ['import', 'ejabberd', join(to, main), '--archive', archive]
    },
  }
}

function copyIfThere(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to)
}

const LUA_SQLITE = '/usr/share/doc/lua-dbi-sqlite3'
const EJABBERD_SQLITE = '/usr/share/doc/erlang-p1-sqlite3'
const EJABBERD_SCHEMA = '/usr/share/ejabberd/sql/lite.sql'

export const openSources = async (): Promise<readonly Source[]> => [
  prosodyWith('internal_hashed', 'internal'),
  prosodyWith('internal_plain', 'sql'),
  ejabberdWith('scram', 'mnesia', await freePort()),
  ejabberdWith('plain', 'sqlite', await freePort()),
]
