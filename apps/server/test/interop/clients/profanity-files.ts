import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Writes what profanity reads when it starts: an account, and an authority to trust. */
export function configureProfanity(
  folder: string,
  ca: string,
  account: Readonly<Record<string, string | number>>,
): void {
  for (const each of ['config/profanity', 'data/profanity', 'authorities']) {
    mkdirSync(join(folder, each), { recursive: true })
  }
  const authorities = join(folder, 'authorities')
  copyFileSync(ca, join(authorities, 'authority.pem'))
  execFileSync('openssl', ['rehash', authorities], { stdio: 'pipe' })
  const settings = `[connection]\ntls.certpath=${authorities}\nautoping=0\nreconnect=1\n[ui]\nsplash=false\n[presence]\nautoaway.mode=off\n`
  writeFileSync(join(folder, 'config/profanity/profrc'), settings)
  const lines = Object.entries({ enabled: true, ...account }).map(([name, value]) => `${name}=${value}`)
  writeFileSync(join(folder, 'data/profanity/accounts'), `[${account.jid}]\n${lines.join('\n')}\n`)
}

/** All that it has written down of conversations, as it is; journals of its database come and go meanwhile. */
export function writtenBy(folder: string): string {
  const files = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true })
  return files.flatMap((file) => (file.isFile() ? readIfThere(join(file.parentPath, file.name)) : [])).join()
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
