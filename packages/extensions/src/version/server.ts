/** XEP-0092: Software Version, version 1.1: what the server is; of its operating system only what the configuration says. */
import { defineServerModule } from '@parlour/server-core'
import * as v from 'valibot'
import { VERSION_NAMESPACE, versionElement } from './wire.ts'

const text = v.pipe(v.string(), v.minLength(1))

/**
 * Makes the module; the configuration may say something else, and tells the operating system, if anything does
 * (XEP-0092 §5).
 */
export function createVersionServer(software: { readonly name: string; readonly version: string }) {
  return defineServerModule({
    name: 'version',
    implements: [{ xep: 92, version: '1.1' }],
    config: v.strictObject({
      name: v.pipe(v.optional(text, software.name), v.description('name of the server software to tell of')),
      version: v.pipe(v.optional(text, software.version), v.description('version of it to tell of')),
      os: v.pipe(v.optional(text), v.description('operating system to tell of; none without it')),
    }),
    setup(host) {
      const { name, version, os } = host.config
      const answer = versionElement({ name, version, ...(os === undefined ? {} : { os }) })
      return [
        host.discovery.advertise(VERSION_NAMESPACE),
        host.iq.get(VERSION_NAMESPACE, 'query', () => answer, { target: 'server', access: 'anyone' }),
      ]
    },
  })
}
