export * from '../domain/outputLine';
