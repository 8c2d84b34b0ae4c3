export * from '../base/lineSplitter';
