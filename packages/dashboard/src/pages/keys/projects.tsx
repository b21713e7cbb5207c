import type { CreateProjectRequest, Project, UpdateProjectRequest } from '@carrel/sdk';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { carrel } from '../../app/carrel.js';
import { SchemaDialog } from '../../schema/schema-dialog.js';
import { Button } from '../../ui/button.js';
import { Listing } from '../../ui/listing.js';
import { Section } from '../../ui/page.js';
import { Empty } from '../../ui/states.js';
import { type Column, Table } from '../../ui/table.js';
import { Ago } from '../../ui/time.js';

/** The tenants: for operators all of them, for others their own. */
export function Projects({ mayManage }: { mayManage: boolean }) {
  const [editing, setEditing] = useState<Project | 'new'>();
  const columns: readonly Column<Project>[] = [
    { title: 'Project', cell: ({ name }) => <span className="wrap-anywhere">{name}</span> },
    { title: 'Browsers at once', cell: ({ maxBrowsers }) => maxBrowsers, isRight: true },
    { title: 'Tasks at once', cell: ({ maxTasks }) => maxTasks, isRight: true, isSecondary: true },
    { title: 'Model', cell: ({ model }) => model ?? 'that of the server', isSecondary: true },
    { title: 'Recorded', cell: ({ record }) => recordedText(record), isSecondary: true },
    { title: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} />, isRight: true, isSecondary: true },
    ...(mayManage
      ? [
          {
            title: 'Actions',
            isRight: true,
            cell: (project: Project) => (
              <Button aria-label={`Change ${project.name}`} onClick={() => setEditing(project)}>
                Change
              </Button>
            ),
          },
        ]
      : []),
  ];
  return (
    <Section title="Projects" actions={mayManage && <Button onClick={() => setEditing('new')}>Make a project</Button>}>
      <Listing
        queryKey={['projects']}
        read={(cursor, signal) => carrel.projects.list({}, { signal }).page(cursor)}
        empty={<Empty title="No projects" />}
      >
        {(projects) => <Table label="Projects" columns={columns} rows={projects} keyOf={({ id }) => id} />}
      </Listing>
      {editing !== undefined && <EditProject project={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </Section>
  );
}

const recordedText = (record: Project['record']) => (record === null ? 'as the server says' : record === false ? 'no' : 'yes');

function EditProject({ project, onClose }: { project: Project | undefined; onClose: () => void }) {
  const queryClient = useQueryClient();
  const save = async (given: CreateProjectRequest & UpdateProjectRequest) => {
    await (project ? carrel.projects.update(project.id, { model: null, record: null, ...given }) : carrel.projects.create(given));
    onClose();
    await queryClient.invalidateQueries({ queryKey: ['projects'] });
  };
  const { name, maxBrowsers, maxTasks, model, record } = project ?? {};
  return (
    <SchemaDialog
      title={project ? `Change ${project.name}` : 'Make a project'}
      schema="CreateProjectRequest"
      submit="Save"
      initial={project ? { name, maxBrowsers, maxTasks, ...(model != null && { model }), ...(record != null && { record }) } : {}}
      onSubmit={save}
      onClose={onClose}
    />
  );
}
