export { beginTokenClient, type TokenClient, type TokenClientOptions, type TokenResult } from './client.ts'
export {
  chooseTokenMechanism,
  isTokenMechanismName,
  TOKEN_MECHANISM_NAMES,
  TOKEN_VARIANTS,
  type TokenMechanismName,
  type TokenVariant,
} from './mechanism.ts'
export {
  createTokenServer,
  type TokenCandidate,
  type TokenServer,
  type TokenServerOptions,
  type TokenSuccess,
  type TokensPort,
} from './server.ts'
export { hashToken, type StoredToken } from './stored-token.ts'
