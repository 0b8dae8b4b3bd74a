import { chmodSync, existsSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '@parlour/server-core'
import * as v from 'valibot'
import { onLines } from './lines.ts'
import { type OperationCall, runOperation } from './operations.ts'
import { type AdministrationAnswer, AdministrationError, MAX_REQUEST_LENGTH, PROTOCOL_VERSION } from './protocol.ts'
import { isUsablePath, socketPath } from './socket-path.ts'
import type { AdministrationTarget } from './target.ts'

const MAX_CONNECTIONS = 16
/** Requests of one connection that are under way; further ones wait in its socket. */
const MAX_UNDER_WAY = 64

const RequestSchema = v.object({ version: v.number(), id: v.number(), operation: v.string(), parameters: v.unknown() })

/** Opens the socket of a data folder for commands. The caller holds the lock of the folder: a socket that is there is stale. */
export async function listenForCommands(target: AdministrationTarget, log: Logger): Promise<AsyncDisposable> {
  const path = socketPath(target.configuration.dataFolder)
  if (!isUsablePath(path)) {
    log.warn({ path }, 'no commands can reach this server: the path of the data folder is too long for a socket')
    return { [Symbol.asyncDispose]: async () => {} }
  }
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    serve(socket, target, log)
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on('drop', () => log.warn({ at: MAX_CONNECTIONS }, 'a command was turned away: too many are under way'))
  await listening(server, path)
  server.on('error', (error) => log.error({ error }, 'the socket for commands failed'))
  return {
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

function listening(server: Server, path: string): Promise<void> {
  if (existsSync(path)) unlinkSync(path)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.removeListener('error', reject)
      chmodSync(path, 0o600)
      resolve()
    })
  })
}

function serve(socket: Socket, target: AdministrationTarget, log: Logger): void {
  let underWay = 0
  const gone = new AbortController()
  socket.once('close', () => gone.abort())
  const send = (answer: AdministrationAnswer): void => void socket.write(`${JSON.stringify(answer)}\n`)
  const take = async (line: string): Promise<void> => {
    if (++underWay >= MAX_UNDER_WAY) socket.pause()
    send(await answer(target, line, log, { send, signal: gone.signal }))
    if (--underWay < MAX_UNDER_WAY) socket.resume()
  }
  socket.on('error', (error) => log.debug({ error }, 'a command went away'))
  onLines(socket, MAX_REQUEST_LENGTH, (line) => void take(line))
}

interface Asker extends Pick<OperationCall, 'signal'> {
  send(answer: AdministrationAnswer): void
}

/** Never rejects. */
async function answer(
  target: AdministrationTarget,
  line: string,
  log: Logger,
  { send, signal }: Asker,
): Promise<AdministrationAnswer> {
  let id = 0
  try {
    const request = v.parse(RequestSchema, JSON.parse(line))
    id = request.id
    if (request.version !== PROTOCOL_VERSION) throw otherVersion(request.version)
    const progress = (step: unknown) => send({ id, progress: step })
    const result = await runOperation(target, request.operation, request.parameters, { signal, progress })
    note(request.operation, request.parameters, log)
    return { id, result: result ?? null }
  } catch (error) {
    if (error instanceof AdministrationError) return { id, error: { code: error.code, message: error.message } }
    log.error({ error }, 'a command failed')
    return { id, error: { code: 'internal', message: `the server failed: ${(error as Error).message}` } }
  }
}

const READING: ReadonlySet<string> = new Set(['user.list', 'user.devices'])

/** Who looks into the log sees what was done to accounts, and when. */
function note(operation: string, parameters: unknown, log: Logger): void {
  if (operation === 'import.begin') log.info({ operation, mode: parameters }, 'accounts are being imported')
  else if (operation.startsWith('user.') && !READING.has(operation))
    log.info({ operation, account: addressIn(parameters) }, 'an account was administered')
}

const addressIn = (parameters: unknown): string => String((parameters as { address?: unknown }).address)

function otherVersion(version: number): AdministrationError {
  const message = `the command speaks version ${version} of the administration protocol, the server version ${PROTOCOL_VERSION}: restart the server after an update`
  return new AdministrationError('version', message)
}
