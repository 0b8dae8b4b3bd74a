import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import { type DecodedPacket, decode } from 'dns-packet'
import { messagesFor } from './answer.ts'
import type { NegativeTtl, TestBehaviour } from './behaviour.ts'
import type { TestRecord, TestRecords } from './test-record.ts'

/** A question that arrived. */
export interface ReceivedQuestion {
  readonly name: string
  readonly type: string
  readonly transport: 'udp' | 'tcp'
  readonly id: number
  /** The port from which it came. */
  readonly port: number
}

/** How a {@link TestDnsServer} begins. */
export interface TestDnsServerOptions {
  readonly records?: TestRecords
  /** An address of this machine. Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: a free one. */
  readonly port?: number
  /** How long "there is none" may be kept, in seconds. Default 60 by both. */
  readonly negativeTtl?: NegativeTtl
}

/**
 * An authoritative name server for tests, over UDP and TCP. Its table and behaviour can be changed while it runs.
 *
 * @example
 * await using server = await TestDnsServer.start({ records: { 'example.org': [{ type: 'A', address: '127.0.0.1' }] } })
 * const resolver = new DnsResolver({ nameServers: [server.address] })
 */
export class TestDnsServer implements AsyncDisposable {
  /** What is answered; change it at will. Names in lower case, ASCII, without the last dot. */
  readonly records: Map<string, readonly TestRecord[]>
  /** How questions about a name are treated; `*` for all others. */
  readonly behaviour = new Map<string, TestBehaviour>()
  /** All that was asked, in order. */
  readonly questions: ReceivedQuestion[] = []
  /** Such as `127.0.0.1:40001`, as `nameServers` of a resolver takes it. */
  readonly address: string
  readonly #udp: DatagramSocket
  readonly #tcp: Server
  readonly #connections = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #waiting: { readonly count: number; readonly resolve: () => void }[] = []
  readonly #negativeTtl: NegativeTtl
  #closed: Promise<void> | undefined

  /** Listens on UDP and TCP, on the same port. Rejects with the system's error. */
  static async start(options: TestDnsServerOptions = {}): Promise<TestDnsServer> {
    const { host = '127.0.0.1', port = 0 } = options
    for (let attempt = 1; ; attempt++) {
      const tcp = await listening(host, port)
      const free = tcp.address()
      if (free === null || typeof free === 'string') throw new Error('the listener has no port')
      try {
        return new TestDnsServer(await bound(host, free.port), tcp, options)
      } catch (error) {
        tcp.close()
        // Somebody else may have that port of UDP: another pair is tried.
        if (port !== 0 || attempt === 10) throw error
      }
    }
  }

  private constructor(udp: DatagramSocket, tcp: Server, { records = {}, negativeTtl }: TestDnsServerOptions) {
    this.records = new Map(Object.entries(records))
    this.#negativeTtl = negativeTtl ?? { minimum: 60, soaTtl: 60 }
    this.#udp = udp
    this.#tcp = tcp
    const { address, port } = udp.address()
    this.address = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
    udp.on('message', (message, from) => this.#receiveDatagram(message, from))
    tcp.on('connection', (connection) => this.#accept(connection))
  }

  /** Resolves when so many questions in all have arrived. */
  received(count: number): Promise<void> {
    if (this.questions.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }

  /** Stops answering and frees the port. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const connection of this.#connections) connection.destroy()
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(resolve)),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ])
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #receiveDatagram(message: Buffer, from: RemoteInfo): void {
    const send = (answer: Uint8Array) => this.#udp.send(answer, from.port, from.address)
    this.#answer(message, 'udp', from.port, send)
  }

  #accept(connection: Socket): void {
    this.#connections.add(connection)
    connection.on('close', () => this.#connections.delete(connection))
    // The asking side may go away at any time.
    connection.on('error', () => connection.destroy())
    let received: Buffer = Buffer.alloc(0)
    connection.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const end = 2 + received.readUInt16BE(0)
        const message = received.subarray(2, end)
        received = received.subarray(end)
        this.#answer(message, 'tcp', connection.remotePort ?? 0, (answer) => {
          if (connection.writable)
            connection.write(Buffer.concat([Uint8Array.of(answer.length >> 8, answer.length & 0xff), answer]))
        })
      }
    })
  }

  #answer(message: Buffer, transport: 'udp' | 'tcp', port: number, send: (answer: Uint8Array) => void): void {
    const query = readQuery(message)
    const [question] = query?.questions ?? []
    if (!query || !question) return
    const name = question.name.toLowerCase()
    const behaviour = this.behaviour.get(name) ?? this.behaviour.get('*') ?? {}
    this.#note({ name, type: question.type, transport, id: query.id ?? 0, port })
    if (behaviour.silent) return
    const messages = messagesFor(query, this.records, behaviour, this.#negativeTtl, transport)
    const sendAll = () => messages.forEach(send)
    if (behaviour.delayMs === undefined) sendAll()
    else this.#later(behaviour.delayMs, sendAll)
  }

  #later(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }

  #note(question: ReceivedQuestion): void {
    this.questions.push(question)
    for (const waiter of this.#waiting.filter(({ count }) => count <= this.questions.length)) {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      waiter.resolve()
    }
  }
}

/** undefined: no DNS message. */
function readQuery(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

function listening(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(port, host, () => resolve(server))
  })
}

function bound(host: string, port: number): Promise<DatagramSocket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4').once('error', reject)
    socket.bind(port, host, () => resolve(socket))
  })
}
