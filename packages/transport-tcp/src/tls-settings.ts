import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

/**
 * The order of the ciphers is the server's: its hash is that of the whole handshake, and SHA-256 costs a fraction of the SHA-384
 * that clients put first. Who puts ChaCha20 first has no AES in hardware, and gets it.
 */
const OPTIONS =
  constants.SSL_OP_NO_RENEGOTIATION |
  constants.SSL_OP_NO_COMPRESSION |
  constants.SSL_OP_CIPHER_SERVER_PREFERENCE |
  constants.SSL_OP_PRIORITIZE_CHACHA

/**
 * What both sides accept: TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3 (RFC 9325 §3.1, §4.2).
 * No session tickets.
 */
export const TLS_SETTINGS: SecureContextOptions = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
  secureOptions: OPTIONS | constants.SSL_OP_NO_TICKET,
}

/** Seconds for which a session can be resumed, and for which one key is used for tickets. */
export const TICKET_LIFETIME = 12 * 60 * 60

/**
 * For servers that ask for no certificate: a client that comes back may resume its session, whose state is in its ticket. With
 * TLS 1.3 keys are exchanged anew, so that forward secrecy stays; with TLS 1.2 what was said under a session is as secret as the
 * key of its ticket, which is in memory only and is changed (RFC 9325 §3.4).
 */
export const RESUMABLE_SETTINGS: SecureContextOptions = { secureOptions: OPTIONS, sessionTimeout: TICKET_LIFETIME }

/** How long a handshake may take, in ms. */
export const HANDSHAKE_TIMEOUT = 30_000
