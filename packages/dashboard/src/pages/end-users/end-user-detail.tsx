import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { carrel } from '../../app/carrel.js';
import { Button, buttonClass } from '../../ui/button.js';
import { ConfirmButton } from '../../ui/confirm.js';
import { Page } from '../../ui/page.js';
import { saveAs } from '../../ui/save-as.js';
import { ErrorNote } from '../../ui/states.js';
import { OtherConversations } from '../conversations/other-conversations.js';
import { Credentials } from './credentials.js';
import { LoginOf } from './login-of.js';
import { ProfilesOf } from './profiles-of.js';

const route = getRouteApi('/app/end-users/$endUserId');

/** All that there is of one customer. */
export function EndUserDetail() {
  const { endUserId } = route.useParams();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const remove = async () => {
    await carrel.endUsers(endUserId).delete();
    queryClient.removeQueries({ queryKey: ['end-user', endUserId] });
    await queryClient.invalidateQueries({ queryKey: ['end-users'] });
    await navigate({ to: '/end-users' });
  };
  const take = useMutation({
    mutationFn: async () => saveAs('end-user.json', JSON.stringify(await carrel.endUsers(endUserId).export(), null, 2)),
  });
  return (
    <Page
      heading={endUserId}
      above={
        <Link to="/end-users" className="hover:underline">
          End users
        </Link>
      }
      title={endUserId}
      actions={
        <>
          <Link to="/conversations" search={{ endUserId }} className={buttonClass('primary')}>
            New conversation
          </Link>
          <LoginOf endUserId={endUserId} />
          <Button isBusy={take.isPending} onClick={() => take.mutate()}>
            Export
          </Button>
          <ConfirmButton label="Delete" title={`Delete all that there is of ${endUserId}?`} confirm="Delete all of it" onConfirm={remove}>
            Browsers, conversations, credentials and profiles of theirs are gone for good.
          </ConfirmButton>
        </>
      }
    >
      {take.error && <ErrorNote error={take.error} />}
      <Credentials key={endUserId} endUserId={endUserId} />
      <ProfilesOf endUserId={endUserId} />
      <OtherConversations endUserId={endUserId} current="" />
    </Page>
  );
}
