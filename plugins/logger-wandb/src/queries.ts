/** The GraphQL that is sent (loggers, section 3.2). */
export const VIEWER = 'query Viewer{viewer{id entity username}}';

export const RUN_RESUME_STATUS = `query RunResumeStatus($project:String,$entity:String,$name:String!){
  model(name:$project,entityName:$entity){id name entity{id name}
    bucket(name:$name,missingOk:true){id name summaryMetrics displayName logLineCount historyLineCount
      eventsLineCount historyTail eventsTail config tags notes wandbConfig(keys:["t"])}}}`;

export const UPSERT_BUCKET = `mutation UpsertBucket($id:String,$name:String,$project:String,$entity:String,
  $groupName:String,$displayName:String,$config:JSONString,$program:String,$jobType:String,$host:String,
  $tags:[String!]){
  upsertBucket(input:{id:$id,name:$name,modelName:$project,entityName:$entity,groupName:$groupName,
    displayName:$displayName,config:$config,jobProgram:$program,jobType:$jobType,host:$host,tags:$tags}){
    bucket{id name displayName config project{id name entity{id name}} historyLineCount} inserted}}`;

export const RUN_STOPPED_STATUS = `query RunStoppedStatus($entityName:String,$projectName:String,$runId:String!){
  project(name:$projectName,entityName:$entityName){run(name:$runId){stopped}}}`;

export const CREATE_RUN_FILES = `mutation CreateRunFiles($entity:String!,$project:String!,$run:String!,$files:[String!]!){
  createRunFiles(input:{entityName:$entity,projectName:$project,runName:$run,files:$files}){
    runID uploadHeaders files{name uploadUrl}}}`;
