/** A server plug-in: welcomes every account once, and shows it a notice of the administrators when that is new. */
import { parseJid } from '@parlour/jid'
import { defineServerModule } from '@parlour/server-core'
import { configuration } from './configuration.ts'
import { Notices } from './notices.ts'
import { noticeElement, WELCOME_NAMESPACE } from './wire.ts'

export type { WelcomeConfiguration } from './configuration.ts'
export { noticeElement, WELCOME_NAMESPACE } from './wire.ts'

export default defineServerModule({
  name: 'welcome',
  config: configuration,
  async setup(host) {
    const administrators = host.config.administrators.map((address) => parseJid(address))
    const notices = await Notices.load(host)
    return [
      host.discovery.advertise(WELCOME_NAMESPACE),
      host.on('sessionAvailable', (session) => notices.greet(session)),
      host.iq.get(WELCOME_NAMESPACE, 'notice', () => noticeElement(notices.text), { target: 'server' }),
      host.iq.set(WELCOME_NAMESPACE, 'notice', (request) => notices.change(request, administrators), {
        target: 'server',
      }),
    ]
  },
})
