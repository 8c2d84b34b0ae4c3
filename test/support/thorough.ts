/** Whether tests take more of the same than each change needs: more runs, every place, every theme. `npm run test:all` asks for it. */
export const isThorough = process.env.TASKTOWER_TEST_ALL !== undefined;
