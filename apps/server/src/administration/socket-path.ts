import { join, relative, resolve } from 'node:path'

/** What an address of a local socket may be long, in bytes, on the strictest platform (macOS: 104 with its end mark). */
const MAX_PATH_BYTES = 103

/** Where the socket of a data folder is. The shorter of the absolute and the relative path is taken. */
export function socketPath(dataFolder: string): string {
  const absolute = join(resolve(dataFolder), 'parlour.sock')
  const short = relative(process.cwd(), absolute)
  return Buffer.byteLength(short) < Buffer.byteLength(absolute) ? short : absolute
}

/** Whether the platform can have a socket at this path. */
export const isUsablePath = (path: string): boolean => Buffer.byteLength(path) <= MAX_PATH_BYTES
