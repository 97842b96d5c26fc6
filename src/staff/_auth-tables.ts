/** Our names for better-auth's tables and columns. */
const TIMES = { createdAt: 'created_at', updatedAt: 'updated_at' };

export const TABLES = {
  user: { modelName: 'staff_users', fields: { emailVerified: 'email_verified', ...TIMES } },
  session: {
    modelName: 'staff_sessions',
    fields: {
      userId: 'user_id',
      expiresAt: 'expires_at',
      ipAddress: 'ip_address',
      userAgent: 'user_agent',
      ...TIMES,
    },
  },
  account: {
    modelName: 'staff_accounts',
    fields: {
      userId: 'user_id',
      accountId: 'account_id',
      providerId: 'provider_id',
      accessToken: 'access_token',
      refreshToken: 'refresh_token',
      idToken: 'id_token',
      accessTokenExpiresAt: 'access_token_expires_at',
      refreshTokenExpiresAt: 'refresh_token_expires_at',
      ...TIMES,
    },
  },
  verification: { modelName: 'staff_verifications', fields: { expiresAt: 'expires_at', ...TIMES } },
};

export const PASSKEYS = {
  passkey: {
    modelName: 'staff_passkeys',
    fields: {
      userId: 'user_id',
      credentialID: 'credential_id',
      publicKey: 'public_key',
      deviceType: 'device_type',
      backedUp: 'backed_up',
      createdAt: 'created_at',
    },
  },
};

export const ATTEMPTS_TABLE = { modelName: 'staff_attempts', fields: { lastRequest: 'last_request' } };
