/** The openings that the dialogues of several tests share, for a server with no modules. `{tls}` and the like: see {@link Stage.play}. */
import { PASSWORD, plain, STREAM } from './stage.ts'

export const HEADER = `${STREAM} to='example.com'>`
export const HEADER_BACK = `<stream:stream xmlns="jabber:client" xmlns:stream="{etherx}" from="example.com" id="*" version="1.0" xml:lang="en">`
export const FEATURES_PLAIN = `<stream:features><starttls xmlns="{tls}"><required/></starttls></stream:features>`
const MECHANISMS = `<mechanisms xmlns="{sasl}"><mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms>`
const BINDINGS = `<sasl-channel-binding xmlns="urn:xmpp:sasl-cb:0"><channel-binding type="tls-exporter"/><channel-binding type="tls-server-end-point"/></sasl-channel-binding>`
export const FEATURES_SECURE = `<stream:features>${MECHANISMS}${BINDINGS}</stream:features>`
export const FEATURES_AUTHENTICATED = `<stream:features><bind xmlns="{bind}"/><session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session><ver xmlns="urn:xmpp:features:rosterver"/><sub xmlns="urn:xmpp:features:pre-approval"/></stream:features>`

export const OPENED = `
  C: ${HEADER}
  S: ${HEADER_BACK}${FEATURES_PLAIN}`
/** The client may authenticate. */
export const SECURED = `${OPENED}
  C: <starttls xmlns='{tls}'/>
  S: <proceed xmlns="{tls}"/>
  C: [starttls]
  C: ${HEADER}
  S: ${HEADER_BACK}${FEATURES_SECURE}`
/** Juliet may bind a resource. */
export const AUTHENTICATED = `${SECURED}
  C: ${plain('juliet', PASSWORD)}
  S: <success xmlns="{sasl}"/>
  C: ${HEADER}
  S: ${HEADER_BACK}${FEATURES_AUTHENTICATED}`
export const BOUND = `${AUTHENTICATED}
  C: <iq type='set' id='b'><bind xmlns='{bind}'><resource>balcony</resource></bind></iq>
  S: <iq type="result" id="b"><bind xmlns="{bind}"><jid>juliet@example.com/balcony</jid></bind></iq>`

/** The stream error, then `</stream>`, then the end of the connection (RFC 6120 §4.9.1.1). */
export const fault = (condition: string, text = '') =>
  `S: <stream:error><${condition} xmlns="{streams}"/>${text && `<text xmlns="{streams}">${text}</text>`}</stream:error></stream:stream>
  C: </stream:stream>
  S: [closed]`

/** Every dialogue is held twice: as it comes, and one byte at a time. */
export const FEEDINGS = [
  ['as it comes', undefined],
  ['byte by byte', 1],
] as const
