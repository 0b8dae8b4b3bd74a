/** What two servers say, as text: the identifier of a response is `…`, which stands for any on our side. */
export const header = (attributes: string, db = " xmlns:db='jabber:server:dialback'") =>
  `<stream:stream xmlns='jabber:server' ${attributes}${db} xmlns:stream='http://etherx.jabber.org/streams'>`
export const ASK = header("from='capulet.example' to='montague.example' version='1.0' xml:lang='en'")
export const ANSWER = header("from='montague.example' to='capulet.example' id='…' version='1.0' xml:lang='en'")
export const TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
export const SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
export const BIDI = "<bidi xmlns='urn:xmpp:features:bidi'/>"
export const DIALBACK = "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>"
export const EXTERNAL = `<mechanisms ${SASL}><mechanism>EXTERNAL</mechanism></mechanisms>`
export const features = (...children: string[]) =>
  children.length === 0 ? '<stream:features/>' : `<stream:features>${children.join('')}</stream:features>`
export const STARTTLS_FEATURES = features(`<starttls ${TLS}><required/></starttls>`)
export const AUTH = `<auth ${SASL} mechanism='EXTERNAL'>Y2FwdWxldC5leGFtcGxl</auth>`
export const SUCCESS = `<success ${SASL}/>`
export const REFUSED = `<failure ${SASL}><not-authorized/></failure>`
export const streamError = (condition: string, text = '') =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>${
    text && `<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${text}</text>`
  }</stream:error></stream:stream>`
export const KEY = "<db:result from='capulet.example' to='montague.example'>key-capulet.example</db:result>"
export const answer = (type: string, content = '') =>
  `<db:result from='montague.example' to='capulet.example' type='${type}'${content ? `>${content}</db:result>` : '/>'}`
export const VALID = answer('valid')

export const LIMITS = "<limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes></limits>"

export const TO_TLS = `
  I: ${ASK}
  R: ${ANSWER}
  R: ${STARTTLS_FEATURES}
  I: <starttls ${TLS}/>
  R: <proceed ${TLS}/>
  [tls]
  I: ${ASK}
  R: ${ANSWER}
`

const headerWith = (attributes: Record<string, string | undefined>, db?: string): string => {
  const text = Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : `${name}='${value}'`))
  return header(text.join(' '), db)
}

/** `ASK` with other attributes; those that are undefined are not there. */
export const askWith = (changes: Record<string, string | undefined>, namespace = 'jabber:server'): string =>
  headerWith({ from: 'capulet.example', to: 'montague.example', version: '1.0', 'xml:lang': 'en', ...changes }).replace(
    'jabber:server',
    namespace,
  )

/** `ANSWER` as the other side says it. */
export const answerWith = (id: string, changes: Record<string, string | undefined> = {}, db?: string): string =>
  headerWith({ from: 'montague.example', to: 'capulet.example', id, version: '1.0', 'xml:lang': 'en', ...changes }, db)

export const COMMAND = `<starttls ${TLS}/>`
export const PROCEED = `<proceed ${TLS}/>`
export const FOOTER = '</stream:stream>'
/** A stanza of the initiating side's domain. */
export const MESSAGE = "<message from='a@capulet.example' to='b@montague.example'><body>x</body></message>"
