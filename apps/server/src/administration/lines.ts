import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'

/** Calls back with each line that a socket receives. One longer than `maxLength` ends the connection. */
export function onLines(socket: Socket, maxLength: number, line: (text: string) => void): void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    if ([rest, ...lines].some((text) => text.length > maxLength)) socket.destroy()
    else for (const text of lines) if (text.trim() !== '') line(text)
  })
}
