import '../../e2e/firstRun.test';
import '../../e2e/tower.test';

// Read when a stage opens: these journeys are in the oldest editor that package.json lets in.
process.env.TASKTOWER_EDITOR = 'oldest';
