import { readDialback, resultAnswer, verifyAnswer } from '@parlour/dialback'
import { SERVER_NAMESPACE } from '@parlour/stanza'
import { FakeEnvironment } from '@parlour/testing'
import { type Element, el } from '@parlour/xml'
import { STREAM_NAMESPACE, StreamParser, StreamWriter } from '@parlour/xml-stream'
import { expect } from 'vitest'
import { startServerInitiator, stepServerInitiator } from './server-initiator.ts'
import type {
  PeerCertificate,
  ServerInitiatorInput,
  ServerInitiatorOutput,
  ServerInitiatorPolicy,
  ServerInitiatorState,
} from './server-initiator-types.ts'
import { startServerReceiver, stepServerReceiver } from './server-receiver.ts'
import {
  DEFAULT_SERVER_RECEIVER_LIMITS,
  type ExternalResult,
  type ServerReceiverInput,
  type ServerReceiverOutput,
  type ServerReceiverPolicy,
  type ServerReceiverState,
} from './server-receiver-types.ts'

const environment = new FakeEnvironment()

const INITIATOR_POLICY: ServerInitiatorPolicy = {
  local: 'capulet.example',
  remote: 'montague.example',
  negotiationTimeout: 60_000,
  dialback: true,
  bidirectional: false,
  purpose: 'stanzas',
  lang: 'en',
}

const RECEIVER_POLICY: ServerReceiverPolicy = {
  ...DEFAULT_SERVER_RECEIVER_LIMITS,
  host: (domain) => domain === 'montague.example' || domain === 'conference.montague.example',
  tlsRequired: true,
  features: () => [],
  externalOffered: (remote) => remote === 'capulet.example',
  dialbackOffered: true,
  bidirectional: false,
  lang: 'en',
}

/** One end of a connection: a machine, the parser and the writer around it, and what has been written so far. */
abstract class WireEnd<Output extends { readonly type: string }> {
  /** What was written since somebody took it; identifiers of ours as `…`. */
  written = ''
  readonly events: Output[] = []
  isOver = false
  /** The peer writes TLS records: what comes in plain text is discarded. */
  isHandshaking = false
  protected readonly parser: StreamParser
  protected readonly writer = new StreamWriter({ contentNamespace: SERVER_NAMESPACE })

  constructor() {
    this.parser = new StreamParser({
      header: (header) => this.take({ type: 'header', header }),
      element: (element) => this.take({ type: 'element', element }),
      footer: () => this.take({ type: 'footer' }),
      error: (error) => this.invalid(error),
    })
  }

  abstract take(input: unknown): void
  abstract invalid(error: unknown): void

  /** The peer's octets, in pieces of this many. */
  feed(text: string, chunkBytes: number): void {
    const octets = new TextEncoder().encode(text)
    for (let index = 0; index < octets.length; index += chunkBytes) {
      if (this.isHandshaking || this.isOver) return
      this.parser.write(octets.slice(index, index + chunkBytes))
    }
  }

  takeWritten(): string {
    const { written } = this
    this.written = ''
    return written
  }

  find<Type extends Output['type']>(type: Type): Extract<Output, { type: Type }> | undefined {
    return this.events.find((output): output is Extract<Output, { type: Type }> => output.type === type)
  }

  protected write(text: string): void {
    this.written += text.replace("<?xml version='1.0'?>", '').replace(/ id='[\w-]{24}'/, " id='…'")
  }

  protected handshake(): void {
    this.parser.reset()
    this.isHandshaking = true
  }
}

/** An initiating server, whose keys are made of the stream's id. */
export class InitiatorEnd extends WireEnd<ServerInitiatorOutput> {
  state: ServerInitiatorState

  constructor(policy: Partial<ServerInitiatorPolicy> = {}, secured = false) {
    super()
    const start = startServerInitiator({ ...INITIATOR_POLICY, ...policy }, secured)
    this.state = start.state
    for (const output of start.outputs) this.#act(output)
  }

  get code(): string | undefined {
    return this.find('failed')?.error.code
  }

  take(input: ServerInitiatorInput): void {
    const step = stepServerInitiator(this.state, input, environment)
    this.state = step.state
    for (const output of step.outputs) this.#act(output)
  }

  invalid(error: Extract<ServerInitiatorInput, { type: 'invalid-input' }>['error']): void {
    this.take({ type: 'invalid-input', error })
  }

  secure(certificate: PeerCertificate = { verified: true }): void {
    this.isHandshaking = false
    this.take({ type: 'tls-established', certificate })
  }

  #act(output: ServerInitiatorOutput): void {
    this.events.push(output)
    if (output.type === 'send-header') this.write(this.writer.header(output.header))
    else if (output.type === 'send') this.write(this.writer.element(output.element))
    else if (output.type === 'start-tls') this.handshake()
    else if (output.type === 'restart') this.parser.reset()
    else if (output.type === 'make-dialback-key') this.take({ type: 'dialback-key', key: `key-${output.originating}` })
    else if (output.type === 'failed') {
      if (output.streamError) this.write(this.writer.error(output.streamError))
      if (output.footer) this.write(this.writer.footer())
      this.isOver = true
    }
  }
}

/** How a {@link ReceiverEnd} judges certificates and keys. */
export interface Judgement {
  readonly external?: (from: string | undefined, authzid: string | undefined) => ExternalResult
  /** Keys that count as valid. */
  readonly keys?: readonly string[]
}

/** A receiving server. */
export class ReceiverEnd extends WireEnd<ServerReceiverOutput> {
  state: ServerReceiverState
  readonly #judgement: Judgement

  constructor(policy: Partial<ServerReceiverPolicy> = {}, judgement: Judgement = {}, secured = false) {
    super()
    this.#judgement = judgement
    const start = startServerReceiver({ ...RECEIVER_POLICY, ...policy }, secured)
    this.state = start.state
    for (const output of start.outputs) this.#act(output)
  }

  get condition(): string | undefined {
    return this.find('close')?.error?.condition
  }

  take(input: ServerReceiverInput): void {
    const step = stepServerReceiver(this.state, input, environment)
    this.state = step.state
    for (const output of step.outputs) this.#act(output)
  }

  invalid(error: Extract<ServerReceiverInput, { type: 'stream-error' }>['error']): void {
    this.take({ type: 'stream-error', error })
  }

  secure(): void {
    this.isHandshaking = false
    this.take({ type: 'tls-established' })
  }

  #act(output: ServerReceiverOutput): void {
    this.events.push(output)
    if (output.type === 'send-header') this.write(this.writer.header(output.header))
    else if (output.type === 'send') this.write(this.writer.element(output.element))
    else if (output.type === 'send-features')
      this.write(this.writer.element(el('features', STREAM_NAMESPACE, {}, ...output.features)))
    else if (output.type === 'start-tls') this.handshake()
    else if (output.type === 'restart') this.parser.reset()
    else if (output.type === 'verify-external') this.take(this.#judge(output.from, output.authzid))
    else if (output.type === 'dialback') this.#dialBack(output.element)
    else if (output.type === 'close') {
      if (output.error) this.write(this.writer.error(output.error))
      if (output.footer) this.write(this.writer.footer())
      this.isOver = true
    }
  }

  #judge(from: string | undefined, authzid: string | undefined): ExternalResult {
    const domain = from ?? authzid ?? ''
    return this.#judgement.external?.(from, authzid) ?? { type: 'external-result', ok: true, domain }
  }

  #dialBack(element: Element): void {
    const request = readDialback(element)
    if (request?.kind !== 'result-request' && request?.kind !== 'verify-request') return
    const outcome = { type: this.#judgement.keys?.includes(request.key) ? 'valid' : 'invalid' } as const
    const answer = request.kind === 'verify-request' ? verifyAnswer(request, outcome) : resultAnswer(request, outcome)
    this.write(this.writer.element(answer))
    if (request.kind === 'verify-request') return
    if (outcome.type === 'valid') this.take({ type: 'dialback-valid', remote: request.from, local: request.to })
    else this.take({ type: 'close' })
  }
}

/**
 * Plays a dialogue with one machine: lines of the other side are fed to it, lines of its own side are what it has to
 * have written; `[tls]` is the end of the handshake on both sides.
 *
 * @param us `I` or `R`: which side the machine is
 */
export function play(end: InitiatorEnd | ReceiverEnd, us: 'I' | 'R', transcript: string, chunkBytes: number): void {
  const spoken: string[] = []
  for (const line of transcript.split('\n').flatMap((text) => text.trim() || [])) {
    if (line.startsWith(`${us}: `)) spoken.push(line.slice(3))
    else {
      if (spoken.length > 0) expect(end.takeWritten()).toBe(spoken.splice(0).join(''))
      if (line === '[tls]') {
        expect(end.isHandshaking).toBe(true)
        end.secure()
      } else end.feed(line.slice(3), chunkBytes)
    }
  }
  expect(end.takeWritten()).toBe(spoken.join(''))
}

/** Whole lines, and octet by octet. */
export const CHUNKS = [Number.MAX_SAFE_INTEGER, 1]

/** Gives an end what the other side says, in pieces of so many octets. */
export const hearing =
  (chunkBytes: number) =>
  <End extends InitiatorEnd | ReceiverEnd>(end: End, ...texts: string[]): End => {
    for (const text of texts) end.feed(text, chunkBytes)
    return end
  }
