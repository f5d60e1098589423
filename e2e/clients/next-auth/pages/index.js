import { getServerSession } from 'next-auth/next';
import { authOptions, signOut } from '../oidc.mjs';

export async function getServerSideProps({ req, res }) {
  const session = await getServerSession(req, res, authOptions);
  return { props: { name: session?.user.name ?? null, signOut } };
}

export default function Index({ name, signOut }) {
  if (!name) return <a href="/api/auth/signin">Sign in</a>;
  return (
    <>
      Hello {name}. <a href={`/api/auth/signout?callbackUrl=${encodeURIComponent(signOut)}`}>Sign out</a>
    </>
  );
}
