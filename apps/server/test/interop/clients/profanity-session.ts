import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Element } from '@parlour/xml'
import { until } from '../../support/waiting.ts'
import type { SignedIn, SignIn } from '../client.ts'
import { CutLine } from './cut-line.ts'
import { configureProfanity } from './profanity-files.ts'
import { StanzaLog } from './stanza-log.ts'
import { Terminal } from './tmux.ts'

/** profanity in a terminal: it is typed to, and read by its log, which has every stanza. */
export class ProfanitySession {
  readonly product = 'profanity'
  readonly registers = true
  jid = ''
  protected readonly folder = mkdtempSync(join(tmpdir(), 'parlour-profanity-'))
  protected readonly log = new StanzaLog(join(this.folder, 'log'), /DBG: (SENT|RECV): (<.*)$/)
  protected terminal: Terminal | undefined
  protected line: CutLine | undefined

  async signIn(how: SignIn): Promise<SignedIn> {
    const { jid, register } = how
    if (register) await new ProfanitySession().#register(how, register)
    this.jid = jid
    await this.#launch(how)
    this.type(`/connect ${jid.split('/')[0]}`)
    const [, failure, mechanism] = await this.log.line(
      /(?:(Login failed|SASL \S+ auth failed|Connection handler: Lost|could not connect)|SASL (\S+) auth successful)/i,
    )
    if (failure || !mechanism) throw new Error(`profanity: ${failure}`)
    await this.log.line(/logged in successfully/)
    this.type('/receipts send on')
    return { jid, mechanism }
  }

  async close(): Promise<void> {
    if (this.terminal?.running) {
      this.type('/quit')
      await this.terminal.end(45_000)
    }
    await this.line?.[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async cut(): Promise<void> {
    const from = this.log.text().length
    this.line?.cut()
    await this.log.line(/Lost connection for unknown reason/, from)
  }

  /** It sends nothing while it has no connection. */
  async sendWhenBack(to: string, body: string): Promise<{ resumed: boolean }> {
    const from = this.log.text().length
    this.line?.reopen()
    const [, resumed] = await this.log.line(/(Session resumed successfully)|Bind successful/, from)
    await this.log.line(/logged in successfully/, from)
    await this.send(to, body)
    await this.log.line(/SENT: <r [\s\S]*RECV: <a h=/, this.log.text().indexOf(`<body>${body}</body>`))
    return { resumed: resumed !== undefined }
  }

  async send(to: string, body: string): Promise<void> {
    this.type(`/msg ${to} ${body}`)
    await this.log.next(`profanity: sends to ${to}`, (stanza, sent) => sent && stanza.childText('body') === body)
  }

  transcript(): string {
    const stanzas = this.log.text().split('\n')
    return [...stanzas.filter((line) => !/stderr/.test(line)).slice(-120), this.terminal?.screen() ?? ''].join('\n')
  }

  /** Types a command that sends a request, and gives back its answer. Throws the condition of an error. */
  protected async request(command: string, name: string, namespace: string): Promise<Element> {
    const from = this.log.update()
    this.type(command)
    const request = await this.log.next(
      `profanity: sends ${name} of ${namespace}`,
      (stanza, sent) =>
        sent && stanza.child(name, namespace) !== undefined && /^(get|set)$/.test(stanza.attribute('type') ?? ''),
      from,
    )
    const id = request.attribute('id')
    const answer = await this.log.next(
      `profanity: answer to ${name} of ${namespace}`,
      (stanza, sent) =>
        !sent && stanza.attribute('id') === id && /^(result|error)$/.test(stanza.attribute('type') ?? ''),
      from,
    )
    const condition = answer
      .elements()
      .find(({ name: each }) => each === 'error')
      ?.elements()[0]?.name
    if (condition) throw new Error(`profanity ${command}: ${condition}`)
    return answer
  }

  /** Makes the account. Afterwards it takes itself for signed in, which it is not, so that it has to be started again. */
  async #register(how: SignIn, password: string): Promise<void> {
    await this.#launch(how)
    const [username = '', domain = ''] = how.jid.split(/[@/]/)
    this.type(`/register ${username} ${domain} port ${how.port} tls ${policyOf(how)}`)
    this.type(password)
    this.type(password)
    const told = /Registration successful|Registration error.*|Already registered|not support in-band.*|Login failed.*/
    const [line] = await until(
      () => `${this.log.text()}${this.terminal?.screen()}`.match(told) ?? undefined,
      45_000,
      'profanity: how the registration went',
    )
    await this.close()
    if (!line.endsWith('successful')) throw new Error(`profanity: ${line}`)
  }

  async #launch(how: SignIn): Promise<void> {
    const [address = '', resource = ''] = how.jid.split('/')
    const { password, host, port, ca } = how
    this.line = await CutLine.before(port)
    configureProfanity(this.folder, ca, {
      jid: address,
      password,
      resource,
      server: host,
      port: this.line.port,
      'tls.policy': policyOf(how),
    })
    const folders = {
      HOME: this.folder,
      XDG_CONFIG_HOME: `${this.folder}/config`,
      XDG_DATA_HOME: `${this.folder}/data`,
    }
    this.terminal = new Terminal(`${this.folder}/tmux`, `exec profanity -l DEBUG -f ${this.folder}/log`, folders)
    await this.log.line(/Starting main event loop/)
  }

  protected type(text: string): void {
    this.terminal?.type(text)
  }
}

/** Profanity's word for the kind of TLS. */
const policyOf = ({ tls }: SignIn) => (tls === 'direct' ? 'legacy' : 'force')
