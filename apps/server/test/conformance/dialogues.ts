/** The openings that the dialogues of several tests share, for a server with no modules. `{tls}` and the like: see {@link Stage.play}. */
import { PASSWORD, plain, STREAM } from './stage.ts'

export const HEADER = `${STREAM} to='example.com'>`
export const HEADER_BACK = `<stream:stream xmlns="jabber:client" xmlns:stream="{etherx}" from="example.com" id="*" version="1.0" xml:lang="en">`
export const FEATURES_PLAIN = `<stream:features><starttls xmlns="{tls}"><required/></starttls></stream:features>`
const MECHANISMS = `<mechanisms xmlns="{sasl}"><mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism></mechanisms>`
const BINDINGS = `<sasl-channel-binding xmlns="urn:xmpp:sasl-cb:0"><channel-binding type="tls-exporter"/><channel-binding type="tls-server-end-point"/></sasl-channel-binding>`
/** XEP-0388, with what can be had in one go (XEP-0198 §5, XEP-0386, XEP-0484). */
const SASL2 = `<authentication xmlns="urn:xmpp:sasl:2"><mechanism>SCRAM-SHA-1-PLUS</mechanism><mechanism>SCRAM-SHA-1</mechanism><mechanism>PLAIN</mechanism><inline><sm xmlns="urn:xmpp:sm:3"/><bind xmlns="urn:xmpp:bind:0"><inline><feature var="urn:xmpp:sm:3"/></inline></bind><fast xmlns="urn:xmpp:fast:0"><mechanism>HT-SHA-512-EXPR</mechanism><mechanism>HT-SHA-256-EXPR</mechanism><mechanism>HT-SHA-512-ENDP</mechanism><mechanism>HT-SHA-256-ENDP</mechanism><mechanism>HT-SHA-512-NONE</mechanism><mechanism>HT-SHA-256-NONE</mechanism></fast></inline></authentication>`
export const FEATURES_SECURE = `<stream:features>${MECHANISMS}${SASL2}${BINDINGS}</stream:features>`
export const FEATURES_AUTHENTICATED = `<stream:features><bind xmlns="{bind}"/><session xmlns="urn:ietf:params:xml:ns:xmpp-session"><optional/></session><sm xmlns="urn:xmpp:sm:3"/><ver xmlns="urn:xmpp:features:rosterver"/><sub xmlns="urn:xmpp:features:pre-approval"/></stream:features>`

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
