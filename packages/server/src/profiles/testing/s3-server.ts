import S3rver from 's3rver';

/** A server that speaks S3, with one bucket and the credentials for it in the environment of this process. */
export interface S3Server extends AsyncDisposable {
  readonly endpoint: string;
  readonly bucket: string;
}

/** @param directory where it keeps its objects; @param port of one that ran before */
export async function startS3Server(directory: string, port = 0): Promise<S3Server> {
  process.env.AWS_ACCESS_KEY_ID = 'S3RVER';
  process.env.AWS_SECRET_ACCESS_KEY = 'S3RVER';
  const bucket = 'profiles';
  const server = new S3rver({ address: '127.0.0.1', port, silent: true, directory, configureBuckets: [{ name: bucket, configs: [] }] });
  const address = await server.run();
  return { endpoint: `http://127.0.0.1:${address.port}`, bucket, [Symbol.asyncDispose]: () => server.close() };
}
