// An S3 service that we did not write (npm "s3rver"), for crates/congdanso/tests/whole/bucket.rs.
//
// Usage: node service.js FOLDER [PORT]: keeps objects in FOLDER, with one bucket «congdan». Prints its port and ends when its input ends.
'use strict';

const S3rver = require('s3rver');

const [folder, port = '0'] = process.argv.slice(2);
const service = new S3rver({
  address: '127.0.0.1',
  port: Number(port),
  silent: true,
  directory: folder,
  configureBuckets: [{ name: 'congdan' }],
});
service.run().then((at) => process.stdout.write(`${at.port}\n`));
process.stdin.resume().on('end', () => process.exit(0));
