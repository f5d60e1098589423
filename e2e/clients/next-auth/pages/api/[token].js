import { getToken } from 'next-auth/jwt';
import { refresh } from '../../oidc.mjs';

const { ORGANIZATION_ID, RESOURCE } = process.env;
const parameters = { refresh: {}, resource: { resource: RESOURCE }, organization: { organization_id: ORGANIZATION_ID } };

export default async function token(request, response) {
  const { refreshToken } = await getToken({ req: request });
  response.json(await refresh(refreshToken, parameters[request.query.token]));
}
