import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

/**
 * What both sides accept: TLS 1.2 with forward secrecy and authenticated encryption, and TLS 1.3 (RFC 9325 §3.1, §4.2).
 * No session tickets: their keys would outlive forward secrecy, and a session that may be resumed is kept in memory.
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
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION | constants.SSL_OP_NO_TICKET,
}

/** How long a handshake may take, in ms. */
export const HANDSHAKE_TIMEOUT = 30_000
