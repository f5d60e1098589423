export default {
  rewrites: () => [{ source: '/:token(refresh|resource|organization)', destination: '/api/:token' }],
};
