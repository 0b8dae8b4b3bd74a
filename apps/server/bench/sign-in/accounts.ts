export const DOMAIN = 'xlab.test'
export const PASSWORD = 'secret'
/** Of both kinds together: each sign-in is of another account than the one before. */
export const ACCOUNTS = 20

export const userOf = (n: number): string => `user${n % ACCOUNTS}`
export const addressOf = (n: number): string => `${userOf(n)}@${DOMAIN}`
