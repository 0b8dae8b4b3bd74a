import assert from 'node:assert/strict'
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ejabberd } from '../interop/peers/ejabberd.ts'
import type { PeerPlace, PeerProgram } from '../interop/peers/peer.ts'
import { prosody } from '../interop/peers/prosody.ts'
import { freePort } from '../support/free-port.ts'

/** A server to move away from. */
export interface Source {
  readonly name: string
  readonly program: PeerProgram
  /** Whether it hands out archives of messages too. */
  readonly hasArchive: boolean
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

function prosodyWith(authentication: 'internal_hashed' | 'internal_plain'): Source {
  const prepare = (place: PeerPlace) => {
    const prepared = prosody.prepare(place)
    edit(
      `${place.folder}/prosody.cfg.lua`,
      ['"carbons"', '"carbons","blocklist","mam"'],
      ['"internal_hashed"', `"${authentication}"`],
    )
    return prepared
  }
  return {
    name: `prosody, ${authentication}`,
    program: { ...prosody, prepare },
    hasArchive: true,
    async take(folder, to) {
      cpSync(join(folder, 'data'), to, { recursive: true })
      return ['import', 'prosody', to]
    },
  }
}

/** It is asked for its export by HTTP: its own command needs a distributed Erlang. */
function ejabberdWith(format: 'scram' | 'plain', port: number): Source {
  const prepare = (place: PeerPlace) => {
    const prepared = ejabberd.prepare(place)
    const file = `${place.folder}/ejabberd.yml`
    const listener = `  - { port: ${port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { /api: mod_http_api } }`
    const before = readFileSync(file, 'utf8')
    const modules = ['mod_blocking: {}', 'mod_privacy: {}', 'mod_http_api: {}', 'mod_mam: { default: always }'].filter(
      (line) => !before.includes(`  ${line.slice(0, line.indexOf(':'))}:`),
    )
    edit(
      file,
      ['auth_password_format: scram', `auth_password_format: ${format}`],
      ['listen:\n', `listen:\n${listener}\n`],
      ['modules:\n', `modules:\n${modules.map((line) => `  ${line}\n`).join('')}`],
    )
    appendFileSync(file, 'api_permissions:\n  "tests":\n    who: all\n    what: "*"\n')
    return prepared
  }
  return {
    name: `ejabberd, ${format}`,
    program: { ...ejabberd, prepare },
    hasArchive: false,
    async take(_folder, to) {
      mkdirSync(to)
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ dir: to })
      const answer = await fetch(`http://127.0.0.1:${port}/api/export_piefxis`, { method: 'POST', headers, body })
      assert.equal(answer.status, 200, await answer.text())
      // The others have the name of a host behind that of the main file.
      const [main = ''] = readdirSync(to).sort((one, other) => one.length - other.length)
      return ['import', 'ejabberd', join(to, main)]
    },
  }
}

export const openSources = async (): Promise<readonly Source[]> => [
  prosodyWith('internal_hashed'),
  prosodyWith('internal_plain'),
  ejabberdWith('scram', await freePort()),
  ejabberdWith('plain', await freePort()),
]
