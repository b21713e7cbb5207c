import { isTerminal, type Session } from '@carrel/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { Id } from '../../ui/copy.js';
import { Page } from '../../ui/page.js';
import { ErrorNote, Loading } from '../../ui/states.js';
import { NewTask } from './new-task.js';
import { OtherConversations } from './other-conversations.js';
import { Turn } from './turn.js';
import { TurnBrowser } from './turn-browser.js';

const route = getRouteApi('/app/conversations/$sessionId');

/** A conversation: its turns one after the other, with the browser of the one that is under way beside them. */
export function ConversationPage() {
  const { sessionId } = route.useParams();
  const session = useQuery({ queryKey: ['session', sessionId], queryFn: ({ signal }) => carrel.sessions.get(sessionId, { signal }) });
  if (session.isPending)
    return (
      <Page heading="Conversation" title="Conversation">
        <Loading rows={5} />
      </Page>
    );
  if (session.isError) {
    return (
      <Page heading="Conversation" title="Conversation">
        <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
      </Page>
    );
  }
  return <Conversation key={sessionId} session={session.data} />;
}

function Conversation({ session }: { session: Session }) {
  const { sessionId, endUserId, tasks } = session;
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['session', sessionId] });
  const watched = tasks.findLast((task) => !isTerminal(task))?.browserId ?? undefined;
  const remove = async () => {
    await carrel.sessions.delete(sessionId);
    await queryClient.invalidateQueries({ queryKey: ['sessions'] });
    await navigate({ to: '/conversations' });
  };
  return (
    <Page
      heading={tasks[0]?.task.slice(0, 60) ?? 'Conversation'}
      above={
        <>
          <Link to="/conversations" className="hover:underline">
            Conversations
          </Link>
          {' / '}
          <Link to="/end-users/$endUserId" params={{ endUserId }} className="hover:underline">
            {endUserId}
          </Link>
        </>
      }
      title={<span className="line-clamp-2">{tasks[0]?.task ?? 'Conversation'}</span>}
      actions={
        <>
          <Id value={sessionId} />
          <ConfirmButton label="Delete" title="Delete this conversation?" confirm="Delete it" onConfirm={remove}>
            All of its turns and what came of them are gone for good.
          </ConfirmButton>
        </>
      }
    >
      <div
        className={`grid grid-cols-[minmax(0,1fr)] gap-x-6 gap-y-5 lg:grid-cols-[12rem_minmax(0,1fr)] ${watched === undefined ? '' : 'xl:grid-cols-[12rem_minmax(0,1fr)_minmax(0,1fr)]'}`}
      >
        <aside
          aria-label="Beside the conversation"
          className="order-last grid grid-cols-[minmax(0,1fr)] content-start gap-5 lg:order-first lg:sticky lg:top-6 lg:self-start"
        >
          <OtherConversations endUserId={endUserId} current={sessionId} />
        </aside>
        <div className="grid max-w-3xl grid-cols-[minmax(0,1fr)] content-start gap-5 lg:col-start-2">
          <ol aria-label="Turns" className="grid grid-cols-[minmax(0,1fr)] gap-6">
            {tasks.map((task) => (
              <li key={task.taskId}>
                <Turn task={task} onChange={refresh} />
              </li>
            ))}
          </ol>
          <NewTask endUserId={endUserId} sessionId={sessionId} onSubmitted={refresh} />
        </div>
        {watched !== undefined && (
          <div className="order-first min-w-0 lg:col-start-2 xl:sticky xl:top-6 xl:order-last xl:col-start-3 xl:self-start">
            <TurnBrowser key={watched} browserId={watched} />
          </div>
        )}
      </div>
    </Page>
  );
}
