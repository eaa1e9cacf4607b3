import { expect, it } from 'vitest';
import { storeFailure } from './failures.ts';

const thrown = (code: string, more: object = {}) => Object.assign(new Error('as it was said'), { code, ...more });

it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'SQLITE_FULL', 'SQLITE_IOERR_WRITE'])(
  '%s means that the store cannot be used',
  (code) => {
    const cause = thrown(code);
    expect(storeFailure(cause, '/home/store')).toMatchObject({
      code: 'store/unusable',
      exit: 74,
      place: { file: '/home/store' },
      cause,
    });
  },
);

it('the file that the system names is told, and not the one that was meant', () => {
  expect(storeFailure(thrown('EIO', { path: '/home/runs/orders.json' }), '/home/store')).toMatchObject({
    place: { file: '/home/runs/orders.json' },
  });
});

it.each(['SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED'])('%s is worth another try', (code) => {
  expect(storeFailure(thrown(code), '/home/store')).toMatchObject({ code: 'store/busy', exit: 75 });
});

it('anything else is a mistake in the program, and stays what it is', () => {
  for (const other of [thrown('SQLITE_CONSTRAINT'), thrown('ENOENT'), new Error('no code'), 'a text']) {
    expect(storeFailure(other, '/home/store')).toBe(other);
  }
});
