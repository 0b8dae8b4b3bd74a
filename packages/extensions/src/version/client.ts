/** XEP-0092: Software Version, version 1.1. */
import { type ClientExtension, defineClientExtension, type IqOptions } from '@parlour/client-core'
import type { Jid } from '@parlour/jid'
import { readVersion, type SoftwareVersion, VERSION_NAMESPACE, versionElement, versionRequest } from './wire.ts'

export interface VersionApi {
  /** What software an entity runs. Rejects as every request does. */
  get(to: Jid | string, options?: IqOptions): Promise<SoftwareVersion>
}

/** Tells who asks what this program is; of the operating system only what is given here (XEP-0092 §5). */
export function versionClientWith(own: SoftwareVersion): ClientExtension<VersionApi> {
  return extension(own)
}

/** Asks others, and does not answer. @example await client.use(versionClient).get('example.com') */
export const versionClient: ClientExtension<VersionApi> = extension(undefined)

function extension(own: SoftwareVersion | undefined): ClientExtension<VersionApi> {
  return defineClientExtension({
    name: 'version',
    implements: { xep: 92, version: '1.1' },
    features: own ? [VERSION_NAMESPACE] : [],
    setup(client) {
      if (own) client.iq.handle('get', VERSION_NAMESPACE, 'query', () => versionElement(own))
      return {
        async get(to, options = {}) {
          const answer = await client.iq.get(versionRequest(), { ...options, to })
          return answer ? readVersion(answer) : { name: '', version: '' }
        },
      }
    },
  })
}
