/**
 * Step 2: trains the network, and can be interrupted at any moment without losing more than a moment's work.
 *
 * - SIGUSR2: finish the batch, write the checkpoint, end with code 75 (EX_TEMPFAIL of sysexits.h, "start me again").
 * - SIGTERM, SIGINT: the same, but end as a stopped program does, with 143 or 130.
 * - Started again, by whomever: goes on from the checkpoint. The model is the same to the last bit as that of a
 *   training that was never interrupted.
 *
 * @module
 */
const EXIT_CODES = { SIGUSR2: 75, SIGTERM: 143, SIGINT: 130 };
/** @type {keyof typeof EXIT_CODES | undefined} */
let asked;
// First of all, before the other modules load: until a program listens, a signal does what the system thinks fit.
for (const signal of /** @type {const} */ (['SIGUSR2', 'SIGTERM', 'SIGINT']))
  process.on(signal, () => (asked = signal));

const { existsSync, rmSync } = await import('node:fs');
const { setImmediate: turn } = await import('node:timers/promises');
const { outPath, PIXELS, readArrays, readImages, readLabels, writeArrays } = await import('./files.js');
const { descend, initialParameters, Network } = await import('./network.js');
const { Random } = await import('./random.js');
const { HIDDEN } = await import('./model.js');

const { FIRST_LIGHT_EPOCHS = '24' } = process.env;
const EPOCHS = Number(FIRST_LIGHT_EPOCHS);
if (!Number.isInteger(EPOCHS) || EPOCHS < 1)
  throw new Error(`FIRST_LIGHT_EPOCHS is ${FIRST_LIGHT_EPOCHS}, expected a whole number from 1`);

const BATCH = 40;
/** Batches between two checkpoints that nobody asked for: what a crash may cost. */
const CHECKPOINT_EVERY = 150;
const FIRST_RATE = 0.05;

const images = readImages('train-images.idx');
const labels = readLabels('train-labels.idx');
const batches = Math.floor(labels.length / BATCH);

const random = new Random(2);
const parameters = initialParameters(HIDDEN, random);
const velocity = new Float32Array(parameters.length);
const gradient = new Float32Array(parameters.length);
const order = Uint32Array.from(labels, (_, i) => i);
const network = new Network(HIDDEN, parameters);

/** All that the rest of the training depends on. */
const state = { parameters, velocity, order, random: random.state };
/** A checkpoint of other work than this is no use. */
const work = { epochs: EPOCHS, batch: BATCH, rate: FIRST_RATE };

const resumed = readArrays('checkpoint.bin', state, work);
let { epoch, next: batch, loss } = resumed ?? { epoch: 0, next: 0, loss: 0 };
if (resumed !== undefined) console.log(`resumed in epoch ${epoch + 1}/${EPOCHS} at batch ${batch}/${batches}`);
else if (existsSync(outPath('checkpoint.bin')))
  console.log('the checkpoint is of other work, or damaged: from the start');

for (; epoch < EPOCHS; epoch++) {
  if (batch === 0) {
    random.shuffle(order);
    loss = 0;
  }
  while (batch < batches) {
    trainOn(order.subarray(batch * BATCH, (batch + 1) * BATCH));
    batch++;
    if (batch % CHECKPOINT_EVERY === 0) checkpoint();
    // Signals are delivered between two turns of the event loop, so there has to be one.
    await turn();
    if (asked !== undefined) {
      checkpoint();
      console.log(`checkpoint in epoch ${epoch + 1}/${EPOCHS} at batch ${batch}/${batches} (${asked})`);
      process.exit(EXIT_CODES[asked]);
    }
  }
  console.log(`epoch ${epoch + 1}/${EPOCHS} loss ${(loss / (batches * BATCH)).toFixed(3)}`);
  batch = 0;
}

writeArrays('model.bin', { hidden: HIDDEN }, { parameters });
rmSync(outPath('checkpoint.bin'), { force: true });

function checkpoint() {
  writeArrays('checkpoint.bin', { ...work, epoch, next: batch, loss }, state);
}

/** @param {Uint32Array} chosen indices of images */
function trainOn(chosen) {
  for (const i of chosen) loss += network.learn(images, i * PIXELS, labels[i], gradient);
  // Falls along half a cosine to almost nothing (Loshchilov and Hutter 2017).
  const done = (epoch * batches + batch) / (EPOCHS * batches);
  descend(parameters, velocity, gradient, chosen.length, (FIRST_RATE * (1 + Math.cos(Math.PI * done))) / 2);
}
