import { createReadStream, statSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { PortableDataError, type PortableEvent, readPortableData } from '@parlour/portable-data'
import { LeftOut } from './left-out.ts'
import type { Document } from './send-document.ts'

/** A document of XEP-0227 with the files that it includes, none of them outside of its folder. */
export function readPortableFiles(file: string): Document {
  const { note, all } = new LeftOut()
  const root = dirname(resolve(file)) + sep
  const read = { octets: 0, of: 0 }
  async function* open(path: string): AsyncGenerator<Uint8Array> {
    read.of += statSync(path).size
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      read.octets += chunk.length
      yield chunk
    }
  }
  async function* events(): AsyncGenerator<PortableEvent> {
    const options = { open, resolve: within(root) }
    try {
      for await (const event of readPortableData(resolve(file), options)) {
        if (event.type === 'unknown')
          note(`line ${event.line}: <${event.name.name}/> is not known here, and was left out`)
        else if (event.type === 'include') note(`${event.href} lies outside of the folder, and was left out`)
        else yield event
      }
    } catch (error) {
      throw error instanceof PortableDataError ? new Error(faultText(error), { cause: error }) : error
    }
  }
  return { events: events(), leftOut: all, read: () => read }
}

const faultText = ({ file, message }: PortableDataError): string =>
  `${file}, ${message}. What stands before it was taken over; an import can be repeated.`

const within =
  (root: string) =>
  (href: string, from: string): string | undefined => {
    const path = resolve(dirname(from), decodeUri(href))
    return path.startsWith(root) ? path : undefined
  }

/** What is no URI is taken as the name of a file. */
function decodeUri(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    return href
  }
}
