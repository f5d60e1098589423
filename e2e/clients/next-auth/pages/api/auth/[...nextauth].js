import NextAuth from 'next-auth';
import { authOptions } from '../../../oidc.mjs';

export default NextAuth(authOptions);
